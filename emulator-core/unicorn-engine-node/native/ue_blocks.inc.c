/*
 * Included in tcg/tcg.c: which block a place in translated code belongs to. Code is laid down in the order of its addresses, so blocks
 * are appended to an array, and a binary search finds them; QEMU keeps a balanced tree of them.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */

#define UE_FIRST_BLOCKS 4096

void tcg_tb_insert(TCGContext *tcg_ctx, TranslationBlock *tb)
{
    /* What lies behind has been given up: its room was used again. */
    while (tcg_ctx->ue_tb_count > 0 && tcg_ctx->ue_tbs[tcg_ctx->ue_tb_count - 1]->tc.ptr >= tb->tc.ptr) {
        tcg_ctx->ue_tb_count--;
    }
    if (tcg_ctx->ue_tb_count == tcg_ctx->ue_tb_room) {
        tcg_ctx->ue_tb_room = MAX(UE_FIRST_BLOCKS, 2 * tcg_ctx->ue_tb_room);
        tcg_ctx->ue_tbs = g_realloc(tcg_ctx->ue_tbs, tcg_ctx->ue_tb_room * sizeof(*tcg_ctx->ue_tbs));
    }
    tcg_ctx->ue_tbs[tcg_ctx->ue_tb_count++] = tb;
}

/* Where the last block that begins at or before a place is among them, -1 if none does. */
static ptrdiff_t ue_block_index(TCGContext *tcg_ctx, uintptr_t tc_ptr)
{
    size_t low = 0, high = tcg_ctx->ue_tb_count;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if ((uintptr_t)tcg_ctx->ue_tbs[middle]->tc.ptr <= tc_ptr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (ptrdiff_t)low - 1;
}

void tcg_tb_remove(TCGContext *tcg_ctx, TranslationBlock *tb)
{
    const ptrdiff_t index = ue_block_index(tcg_ctx, (uintptr_t)tb->tc.ptr);

    if (index >= 0 && tcg_ctx->ue_tbs[index] == tb) {
        tcg_ctx->ue_tb_count--;
        memmove(&tcg_ctx->ue_tbs[index], &tcg_ctx->ue_tbs[index + 1],
                (tcg_ctx->ue_tb_count - index) * sizeof(*tcg_ctx->ue_tbs));
    }
}

/* The block with tc.ptr <= tc_ptr < tc.ptr + tc.size, or NULL. */
TranslationBlock *tcg_tb_lookup(TCGContext *tcg_ctx, uintptr_t tc_ptr)
{
    const ptrdiff_t index = ue_block_index(tcg_ctx, tc_ptr);
    TranslationBlock *tb = index < 0 ? NULL : tcg_ctx->ue_tbs[index];

    return tb != NULL && tc_ptr < (uintptr_t)tb->tc.ptr + tb->tc.size ? tb : NULL;
}

static void tcg_region_tree_reset_all(TCGContext *tcg_ctx)
{
    tcg_ctx->ue_tb_count = 0;
}
