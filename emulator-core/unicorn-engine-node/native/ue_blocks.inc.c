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

#ifdef UE_COUNT_REGISTER
/* The same among the blocks of an earlier run, if this one uses it. */
static TranslationBlock *ue_cached_block(TCGContext *tcg_ctx, uintptr_t tc_ptr)
{
    const UeCache *cache = &tcg_ctx->uc->ue->cache;
    const uintptr_t place = tc_ptr - (uintptr_t)tcg_ctx->initial_buffer;
    uint32_t low = 0, high = cache->count;

    if (place >= cache->code_end) {
        return NULL;
    }
    while (low < high) {
        const uint32_t middle = (low + high) / 2;

        if (cache->records[middle].code <= place) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || !cache->used[low - 1] || place >= cache->records[low - 1].code + cache->records[low - 1].code_size) {
        return NULL;
    }
    return (TranslationBlock *)((uint8_t *)tcg_ctx->code_gen_buffer + tcg_ctx->code_gen_buffer_size -
                                (cache->records[low - 1].slot + (size_t)1) * UE_BLOCK_SIZE);
}
#else
# define ue_cached_block(tcg_ctx, tc_ptr) NULL
#endif

/* The block with tc.ptr <= tc_ptr < tc.ptr + tc.size, or NULL. */
TranslationBlock *tcg_tb_lookup(TCGContext *tcg_ctx, uintptr_t tc_ptr)
{
    const ptrdiff_t index = ue_block_index(tcg_ctx, tc_ptr);
    TranslationBlock *tb = index < 0 ? NULL : tcg_ctx->ue_tbs[index];

    return tb != NULL && tc_ptr < (uintptr_t)tb->tc.ptr + tb->tc.size ? tb : ue_cached_block(tcg_ctx, tc_ptr);
}

static void tcg_region_tree_reset_all(TCGContext *tcg_ctx)
{
    const UeState *ue = tcg_ctx->uc->ue;

    tcg_ctx->ue_tb_count = 0;
    if (ue != NULL && ue->cache.count != 0) {
        /* What an earlier run translated stays where it is. */
        tcg_ctx->code_gen_ptr = (uint8_t *)tcg_ctx->initial_buffer + ue->cache.code_end;
        tcg_ctx->code_gen_highwater = (char *)tcg_ctx->code_gen_highwater - ue->cache.slots * UE_BLOCK_SIZE;
        memset(ue->cache.used, 0, ue->cache.count);
    }
}
