//! Blocks of earlier runs: emitted code holds no address of the process, and what is known about a block is kept beside it.

use super::Edit;

pub const EDITS: &[Edit] = &[
    (
        "qemu/include/exec/exec-all.h",
        "    uint32_t ue_generation[2]; /* for which a far jump was linked */\n",
        "    uint32_t ue_generation[2]; /* for which a far jump was linked */
    uint16_t ue_search; /* bytes of search data if the block may be saved, or 0 */
    uint16_t ue_far; /* which jumps are far */
",
    ),
    (
        "qemu/include/tcg/tcg.h",
        "    void *ue_lookup, *ue_far;\n    struct TranslationBlock **ue_tbs;",
        "    void *ue_lookup, *ue_far;
#define UE_STUBS 4096
    struct UeStub *ue_stubs; /* of what code calls, by its address */
    size_t ue_stub_count;
    uint16_t ue_far_jumps; /* of the block in translation: which of its jumps are far */
    bool ue_unportable; /* ... and whether it holds an address of this process */
    struct TranslationBlock **ue_tbs;",
    ),
    ("qemu/unicorn_common.h", "    g_free(s->ue_tbs);\n", "    g_free(s->ue_tbs);\n    g_free(s->ue_stubs);\n"),
    // Calls and jumps out of the buffer go by stubs.
    (
        "qemu/tcg/tcg.c",
        "static const TCGOpDef tcg_op_defs_org[] = {\n",
        "#include \"ue_stubs.inc.c\"\n\nstatic const TCGOpDef tcg_op_defs_org[] = {\n",
    ),
    (
        "qemu/tcg/tcg.c",
        "    /* Generate the prologue.  */\n    tcg_target_qemu_prologue(s);\n",
        "    ue_emit_stubs(s);\n    /* Generate the prologue.  */\n    tcg_target_qemu_prologue(s);\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "static void tcg_out_branch(TCGContext *s, int call, tcg_insn_unit *dest)\n{\n    intptr_t disp = tcg_pcrel_diff(s, dest) - 5;\n",
        "#ifdef UE_COUNT_REGISTER
struct UeStub;
static uint8_t *ue_stub_code(TCGContext *s, const void *function);

/* An address in the buffer, or of a block's description. */
static void ue_out_place(TCGContext *s, TCGReg ret, uintptr_t place)
{
    const intptr_t diff = place - ((uintptr_t)s->code_ptr + 7);

    tcg_out_opc(s, OPC_LEA | P_REXW, ret, 0, 0);
    tcg_out8(s, (LOWREGMASK(ret) << 3) | 5);
    tcg_out32(s, diff);
}
#else
# define ue_out_place(s, ret, place) tcg_out_movi(s, TCG_TYPE_PTR, ret, place)
#endif

static void tcg_out_branch(TCGContext *s, int call, tcg_insn_unit *dest)
{
#ifdef UE_COUNT_REGISTER
    if ((uintptr_t)dest - (uintptr_t)s->initial_buffer >= s->initial_buffer_size) {
        uint8_t *stub = ue_stub_code(s, dest);

        if (stub != NULL) {
            dest = stub;
        } else {
            s->ue_unportable = true;
        }
    }
#endif
    intptr_t disp = tcg_pcrel_diff(s, dest) - 5;
",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    if (diff == (int32_t)diff) {
        tcg_out_opc(s, OPC_LEA | P_REXW, ret, 0, 0);
",
        "#ifdef UE_COUNT_REGISTER
    if (false) { /* what happens to be near is the guest's number */
#else
    if (diff == (int32_t)diff) {
#endif
        tcg_out_opc(s, OPC_LEA | P_REXW, ret, 0, 0);
",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "            tcg_out_movi(s, TCG_TYPE_PTR, TCG_REG_EAX, a0);\n            tcg_out_jmp(s, s->tb_ret_addr);\n",
        "            ue_out_place(s, TCG_REG_EAX, a0);\n            tcg_out_jmp(s, s->tb_ret_addr);\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "        tcg_out_movi(s, TCG_TYPE_PTR, TCG_REG_EAX, a0);\n        tcg_out_jmp(s, s->ue_far);\n",
        "        ue_out_place(s, TCG_REG_EAX, a0);\n        tcg_out_jmp(s, s->ue_far);\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "        set_jmp_reset_offset(s, a0);
        break;
    case INDEX_op_ue_exit_far:
",
        "        set_jmp_reset_offset(s, a0);
        s->ue_far_jumps |= 1 << a0;
        break;
    case INDEX_op_ue_exit_far:
",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "        tcg_out_movi(s, TCG_TYPE_PTR, tcg_target_call_iarg_regs[3],
                     (uintptr_t)l->raddr);
",
        "        ue_out_place(s, tcg_target_call_iarg_regs[3], (uintptr_t)l->raddr);\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "            retaddr = tcg_target_call_iarg_regs[4];
            tcg_out_movi(s, TCG_TYPE_PTR, retaddr, (uintptr_t)l->raddr);
",
        "            retaddr = tcg_target_call_iarg_regs[4];
            ue_out_place(s, retaddr, (uintptr_t)l->raddr);
",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "            retaddr = TCG_REG_RAX;
            tcg_out_movi(s, TCG_TYPE_PTR, retaddr, (uintptr_t)l->raddr);
",
        "            retaddr = TCG_REG_RAX;
            ue_out_place(s, retaddr, (uintptr_t)l->raddr);
",
    ),
    // A block of an earlier run is taken instead of translating.
    (
        "qemu/accel/tcg/translate-all.c",
        "/* Called with mmap_lock held for user mode emulation.  */\nTranslationBlock *tb_gen_code(",
        "#include \"ue_cache.inc.c\"

/* Called with mmap_lock held for user mode emulation.  */\nTranslationBlock *tb_gen_code(",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "    max_insns = cflags & CF_COUNT_MASK;\n    if (max_insns == 0) {\n        max_insns = CF_COUNT_MASK;\n",
        "#ifdef UE_COUNT_REGISTER
    tb = ue_reuse(cpu, pc, cs_base, flags, cflags, phys_pc);
    if (tb != NULL) {
        return tb;
    }
#endif

    max_insns = cflags & CF_COUNT_MASK;\n    if (max_insns == 0) {\n        max_insns = CF_COUNT_MASK;\n",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "    tcg_func_start(tcg_ctx);\n\n    tcg_ctx->cpu = env_cpu(env);\n",
        "    tcg_func_start(tcg_ctx);
    tcg_ctx->ue_far_jumps = 0;
    tcg_ctx->ue_unportable = false;

    tcg_ctx->cpu = env_cpu(env);
",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "    tb->tc.size = gen_code_size;\n",
        "    tb->tc.size = gen_code_size;
    tb->ue_search = 0;
#ifdef UE_COUNT_REGISTER
    search_size += ue_keep_instructions(cpu, tb, phys_pc, (uint8_t *)gen_code_buf + gen_code_size + search_size, search_size);
#endif
",
    ),
    // A block that is invalid may come to life again, for another page: nobody may know it from before.
    (
        "qemu/accel/tcg/translate-all.c",
        "    if (cpu->ue_jumps[UE_JUMP_SLOT(tb->pc)].code == tb->tc.ptr) {\n",
        "    ue_forget_block(uc->ue, h, tb);
    if (cpu->ue_jumps[UE_JUMP_SLOT(tb->pc)].code == tb->tc.ptr) {\n",
    ),
];
