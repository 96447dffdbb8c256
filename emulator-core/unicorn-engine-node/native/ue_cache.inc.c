/*
 * Included in accel/tcg/translate-all.c: blocks that an earlier run translated. Their code lies at the start of the buffer where it lay then,
 * and holds no address of a process: calls go by stubs (ue_stubs.inc.c), and what points to a block's own description is relative to the
 * code. A block is taken for one that is wanted if its guest address and all bytes of its instructions are the same: nothing else goes
 * into a translation.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifdef UE_COUNT_REGISTER

/* Bytes from the number that a far jump compares to the jump's displacement (INDEX_op_ue_goto_far). */
#define UE_FAR_COMPARED 7

static void ue_set_far_generation(TranslationBlock *from, int n, uint32_t generation)
{
    memcpy((char *)from->tc.ptr + from->jmp_target_arg[n] - UE_FAR_COMPARED, &generation, sizeof(generation));
}

static uint8_t *ue_buffer(TCGContext *tcg_ctx)
{
    return tcg_ctx->initial_buffer;
}

/* The description of a block, by its number from the end of the buffer. */
static TranslationBlock *ue_slot(TCGContext *tcg_ctx, uint32_t slot)
{
    return (TranslationBlock *)((uint8_t *)tcg_ctx->code_gen_buffer + tcg_ctx->code_gen_buffer_size - (slot + (size_t)1) * UE_BLOCK_SIZE);
}

static uint32_t ue_slot_number(TCGContext *tcg_ctx, TranslationBlock *tb)
{
    return ((uint8_t *)tcg_ctx->code_gen_buffer + tcg_ctx->code_gen_buffer_size - (uint8_t *)tb) / UE_BLOCK_SIZE - 1;
}

static uint32_t ue_first_code(TCGContext *tcg_ctx)
{
    return ROUND_UP((uint8_t *)tcg_ctx->code_gen_buffer - ue_buffer(tcg_ctx), tcg_ctx->uc->qemu_icache_linesize);
}

/* Whether a translation depends on its guest address and its instructions alone. */
static bool ue_is_plain(CPUState *cpu, target_ulong cs_base, uint32_t flags, uint32_t cflags)
{
    const UeState *ue = cpu->uc->ue;

    return cs_base == 0 && flags == ue->plain_flags && (cflags & ~CF_CLUSTER_MASK) == 0 && ue->breakpoint_count == 0 &&
           !cpu->singlestep_enabled && *cpu->trace_dstate == 0;
}

/* Makes the description of a block that is there. */
static TranslationBlock *ue_describe(CPUState *cpu, const UeRecord *record, uint32_t flags, uint32_t cflags)
{
    TCGContext *tcg_ctx = cpu->uc->tcg_ctx;
    TranslationBlock *tb = ue_slot(tcg_ctx, record->slot);

    memset(tb, 0, sizeof(*tb));
    tb->pc = record->pc;
    tb->flags = flags;
    tb->cflags = cflags;
    tb->size = record->size;
    tb->icount = record->icount;
    tb->tc.ptr = ue_buffer(tcg_ctx) + record->code;
    tb->tc.size = record->code_size;
    tb->ue_far = record->far;
    for (int n = 0; n < 2; n++) {
        tb->jmp_reset_offset[n] = record->jump_reset[n];
        tb->jmp_target_arg[n] = record->jump[n];
        if (record->jump_reset[n] != TB_JMP_RESET_OFFSET_INVALID) {
            tb_reset_jump(tb, n);
            if (record->far & (1 << n)) {
                ue_set_far_generation(tb, n, 0);
            }
        }
    }
    return tb;
}

/* Reads a block from the file if need be; false if it cannot be had. */
static bool ue_is_there(UeState *ue, const UeRecord *record)
{
    const uint32_t at = record->code - ue_first_code(ue->uc->tcg_ctx);
    const uint32_t end = at + record->code_size + record->search + record->size;

    for (uint32_t chunk = at / UE_CACHE_CHUNK; chunk <= (end - 1) / UE_CACHE_CHUNK; chunk++) {
        uint8_t *state = &ue->cache.chunks[chunk];

        if (*state == UE_CHUNK_UNREAD) {
            *state = ue->read_chunk(ue->opaque, chunk) ? UE_CHUNK_READ : UE_CHUNK_DAMAGED;
        }
        if (*state != UE_CHUNK_READ) {
            return false;
        }
    }
    return true;
}

/* The block of an earlier run that begins at `pc`, put into use for this place in memory; NULL if there is none that is the same. */
static TranslationBlock *ue_reuse(CPUState *cpu, target_ulong pc, target_ulong cs_base, uint32_t flags, uint32_t cflags,
                                  tb_page_addr_t phys_pc)
{
    TCGContext *tcg_ctx = cpu->uc->tcg_ctx;
    UeState *ue = cpu->uc->ue;
    UeCache *cache = &ue->cache;
    uint32_t next;

    if (cache->count == 0 || phys_pc == -1 || !ue_is_plain(cpu, cs_base, flags, cflags)) {
        return NULL;
    }
    for (next = cache->heads[UE_CACHE_HASH(pc) & cache->head_mask]; next != 0; next = cache->records[next - 1].next) {
        const UeRecord *record = &cache->records[next - 1];
        const uint8_t *code = ue_buffer(tcg_ctx) + record->code;
        TranslationBlock *tb = ue_slot(tcg_ctx, record->slot);

        if (record->pc != pc || !ue_is_there(ue, record) ||
            memcmp(code + record->code_size + record->search, ue->physical + phys_pc, record->size) != 0) {
            continue;
        }
        if (cache->used[next - 1] && !(tb_cflags(tb) & CF_INVALID)) {
            continue; /* in use for another page with the same contents */
        }
        tb = ue_describe(cpu, record, flags, cflags);
        tb_link_page(cpu->uc, tb, phys_pc, -1);
        cache->used[next - 1] = 1;
        ue->reused++;
        return tb;
    }
    return NULL;
}

/* Behind a new block's search data: its instructions as they were translated. Returns how many bytes that is. */
static uint32_t ue_keep_instructions(CPUState *cpu, TranslationBlock *tb, tb_page_addr_t phys_pc, uint8_t *into, uint32_t search)
{
    UeState *ue = cpu->uc->ue;

    tb->ue_search = 0;
    tb->ue_far = cpu->uc->tcg_ctx->ue_far_jumps;
    ue->translated++;
    if (!ue->keeps || phys_pc == -1 || !ue_is_plain(cpu, tb->cs_base, tb->flags, tb->cflags) || cpu->uc->tcg_ctx->ue_unportable ||
        tb->size == 0 || (tb->pc & ~TARGET_PAGE_MASK) + tb->size > TARGET_PAGE_SIZE ||
        into + tb->size > (uint8_t *)cpu->uc->tcg_ctx->code_gen_highwater || tb->tc.size > UINT16_MAX || search > UINT16_MAX ||
        ue->is_written(ue->opaque, phys_pc)) {
        return 0;
    }
    memcpy(into, ue->physical + phys_pc, tb->size);
    tb->ue_search = search;
    return tb->size;
}

/* Where the code of an earlier run goes: its address, how far behind the start of the buffer that is, and how much fits. */
uint8_t *ue_cache_place(UeState *ue, uint32_t *first, uint64_t *room);
uint8_t *ue_cache_place(UeState *ue, uint32_t *first, uint64_t *room)
{
    TCGContext *tcg_ctx = ue->uc->tcg_ctx;

    *first = ue_first_code(tcg_ctx);
    *room = UE_CACHE_MOST_CODE;
    return ue_buffer(tcg_ctx) + *first;
}

/* What code depends on beside the build of this library. */
uint64_t ue_code_identity(TCGContext *s);
uint64_t ue_cache_identity(UeState *ue);
uint64_t ue_cache_identity(UeState *ue)
{
    return ue_code_identity(ue->uc->tcg_ctx);
}

/* The blocks of an earlier run; what the pointers lead to must stay. */
void ue_cache_adopt(UeState *ue, const UeCache *cache);
void ue_cache_adopt(UeState *ue, const UeCache *cache)
{
    ue->cache = *cache;
    tb_flush(ue->uc->cpu);
}

static bool ue_describes(TCGContext *tcg_ctx, const TranslationBlock *tb, UeRecord *record)
{
    if (tb->ue_search == 0) {
        return false;
    }
    memset(record, 0, sizeof(*record));
    record->pc = tb->pc;
    record->code = (uint8_t *)tb->tc.ptr - ue_buffer(tcg_ctx);
    record->slot = ue_slot_number(tcg_ctx, (TranslationBlock *)tb);
    record->code_size = tb->tc.size;
    record->search = tb->ue_search;
    record->size = tb->size;
    record->icount = tb->icount;
    record->far = tb->ue_far;
    for (int n = 0; n < 2; n++) {
        record->jump_reset[n] = tb->jmp_reset_offset[n];
        record->jump[n] = tb->jmp_target_arg[n];
    }
    return true;
}

/* Whether a block of an earlier run can be had at all. */
bool ue_cache_has(UeState *ue, const UeRecord *record);
bool ue_cache_has(UeState *ue, const UeRecord *record)
{
    return ue_is_there(ue, record);
}

/* How many blocks this run translated that others could use. */
uint64_t ue_cache_new(UeState *ue);
uint64_t ue_cache_new(UeState *ue)
{
    TCGContext *tcg_ctx = ue->uc->tcg_ctx;
    UeRecord record;
    uint64_t count = 0;

    for (size_t i = 0; i < tcg_ctx->ue_tb_count; i++) {
        count += ue_describes(tcg_ctx, tcg_ctx->ue_tbs[i], &record);
    }
    return count;
}

/* Describes them, in the order of their code. */
void ue_cache_describe_new(UeState *ue, UeRecord *records);
void ue_cache_describe_new(UeState *ue, UeRecord *records)
{
    TCGContext *tcg_ctx = ue->uc->tcg_ctx;

    for (size_t i = 0; i < tcg_ctx->ue_tb_count; i++) {
        records += ue_describes(tcg_ctx, tcg_ctx->ue_tbs[i], records);
    }
}

/* Copies a block as it is when nothing has been linked, with all that lies behind its code, to its place in a copy of the code. */
void ue_cache_copy(UeState *ue, const UeRecord *record, uint8_t *code);
void ue_cache_copy(UeState *ue, const UeRecord *record, uint8_t *code)
{
    TCGContext *tcg_ctx = ue->uc->tcg_ctx;
    uint8_t *to = code + record->code - ue_first_code(tcg_ctx);

    memcpy(to, ue_buffer(tcg_ctx) + record->code, record->code_size + record->search + record->size);
    for (int n = 0; n < 2; n++) {
        if (record->jump_reset[n] != TB_JMP_RESET_OFFSET_INVALID) {
            stl_le_p(to + record->jump[n], record->jump_reset[n] - (record->jump[n] + 4));
            if (record->far & (1 << n)) {
                stl_le_p(to + record->jump[n] - UE_FAR_COMPARED, 0);
            }
        }
    }
}

#endif
