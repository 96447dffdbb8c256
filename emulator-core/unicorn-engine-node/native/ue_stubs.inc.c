/*
 * Included in tcg/tcg.c: what translated code calls lies behind stubs at the start of its buffer, in the order of the table of helpers.
 * So the code holds no address of this process: it is right wherever the buffer and this library are (ue_cache.inc.c).
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifdef UE_COUNT_REGISTER

#define UE_STUB_SIZE 16
#define UE_MEMORY_HELPERS ARRAY_SIZE(qemu_ld_helpers)

struct UeStub {
    const void *function;
    uint8_t *code;
};

static struct UeStub *ue_stub_of(TCGContext *s, const void *function)
{
    const uintptr_t key = (uintptr_t)function;
    size_t at = (key >> 4 ^ key >> 14) % UE_STUBS;

    while (s->ue_stubs[at].function != NULL && s->ue_stubs[at].function != function) {
        at = (at + 1) % UE_STUBS;
    }
    return &s->ue_stubs[at];
}

static uint8_t *ue_stub_code(TCGContext *s, const void *function)
{
    return ue_stub_of(s, function)->code;
}

static void ue_add_stub(TCGContext *s, const void *function)
{
    struct UeStub *stub = function == NULL ? NULL : ue_stub_of(s, function);

    if (stub != NULL && stub->function == NULL) {
        g_assert(++s->ue_stub_count < UE_STUBS / 2);
        stub->function = function;
        stub->code = s->code_ptr;
        tcg_out8(s, 0xff); /* jmp *2(%rip) */
        tcg_out8(s, 0x25);
        tcg_out32(s, 2);
        s->code_ptr += 2;
        tcg_out64(s, (uintptr_t)function);
    }
}

static void ue_emit_stubs(TCGContext *s)
{
    extern void *HELPER(ue_far)(CPUArchState *env, uintptr_t site);
    size_t i;

    s->ue_stubs = g_new0(struct UeStub, UE_STUBS);
    for (i = 0; i < ARRAY_SIZE(all_helpers); i++) {
        ue_add_stub(s, all_helpers[i].func);
    }
    for (i = 0; i < UE_MEMORY_HELPERS; i++) {
        ue_add_stub(s, qemu_ld_helpers[i]);
        ue_add_stub(s, qemu_st_helpers[i]);
    }
    ue_add_stub(s, (void *)HELPER(ue_far));
    s->code_gen_prologue = s->code_ptr;
}

/* What the code is made for beside the build of this library: the processor, and what stands before the first block. */
uint64_t ue_code_identity(TCGContext *s);
uint64_t ue_code_identity(TCGContext *s)
{
    uint64_t hash = have_cmov | have_movbe << 1 | have_bmi1 << 2 | have_bmi2 << 3 | have_popcnt << 4 | have_lzcnt << 5 |
                    have_avx1 << 6 | have_avx2 << 7;

    for (const uint8_t *at = s->code_gen_prologue; at < (const uint8_t *)s->code_gen_buffer; at++) {
        hash = (hash ^ *at) * 0x100000001b3;
    }
    return hash ^ s->code_gen_buffer_size;
}

#else
# define ue_emit_stubs(s) ((void)0)
#endif
