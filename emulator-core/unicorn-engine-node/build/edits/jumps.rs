//! Where a block goes on: to other pages too, without asking C each time.

use super::Edit;

pub const EDITS: &[Edit] = &[
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    /*
     * Return path for goto_ptr. Set return value to 0, a-la exit_tb,
     * and fall through to the rest of the epilogue.
     */
",
        "#ifdef UE_COUNT_REGISTER
    /* Where a jump goes that the table of jumps does not know: asks the helper. */
    {
        extern void *HELPER(lookup_tb_ptr)(CPUArchState *env);

        s->ue_lookup = s->code_ptr;
        tcg_out_mov(s, TCG_TYPE_PTR, tcg_target_call_iarg_regs[0], TCG_AREG0);
        tcg_out_call(s, (void *)HELPER(lookup_tb_ptr));
        tcg_out_modrm(s, OPC_GRP5, EXT5_JMPN_Ev, TCG_REG_EAX);
    }
    /* Where a jump to another page goes that is not linked: eax is the block and which jump of it. */
    {
        extern void *HELPER(ue_far)(CPUArchState *env, uintptr_t site);

        s->ue_far = s->code_ptr;
        tcg_out_mov(s, TCG_TYPE_PTR, tcg_target_call_iarg_regs[1], TCG_REG_EAX);
        tcg_out_mov(s, TCG_TYPE_PTR, tcg_target_call_iarg_regs[0], TCG_AREG0);
        tcg_out_call(s, (void *)HELPER(ue_far));
        tcg_out_modrm(s, OPC_GRP5, EXT5_JMPN_Ev, TCG_REG_EAX);
    }
#endif

    /*
     * Return path for goto_ptr. Set return value to 0, a-la exit_tb,
     * and fall through to the rest of the epilogue.
     */
",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    case INDEX_op_br:\n",
        "#ifdef UE_COUNT_REGISTER
    case INDEX_op_ue_jump: {
        /* To a guest address, by the table of jumps. No register holds anything any more. */
        const int slot = a0 == TCG_REG_EAX ? TCG_REG_EDX : TCG_REG_EAX;
        const int generation = a0 == TCG_REG_ECX ? TCG_REG_EDX : TCG_REG_ECX;
        uint8_t *misses[2];

        tcg_out_mov(s, TCG_TYPE_I64, slot, a0);
        tcg_out_shifti(s, SHIFT_SHR + P_REXW, slot, UE_JUMP_SHIFT);
        tgen_arithr(s, ARITH_XOR, slot, a0);
        tgen_arithi(s, ARITH_AND, slot, UE_JUMPS - 1, 0);
        tcg_out_shifti(s, SHIFT_SHL, slot, 5);
        tcg_out_ld(s, TCG_TYPE_I64, generation, TCG_AREG0, UE_GENERATION_OFFSET);
        for (int i = 0; i < 2; i++) {
            const int field = i == 0 ? offsetof(UeJump, pc) : offsetof(UeJump, generation);

            tcg_out_modrm_sib_offset(s, OPC_CMP_GvEv + P_REXW, i == 0 ? a0 : generation, TCG_AREG0, slot, 0,
                                     UE_JUMPS_OFFSET + field);
            tcg_out8(s, OPC_JCC_short + JCC_JNE);
            misses[i] = s->code_ptr;
            tcg_out8(s, 0);
        }
        tcg_out_modrm_sib_offset(s, OPC_GRP5, EXT5_JMPN_Ev, TCG_AREG0, slot, 0, UE_JUMPS_OFFSET + offsetof(UeJump, code));
        for (int i = 0; i < 2; i++) {
            *misses[i] = s->code_ptr - misses[i] - 1;
        }
        tcg_out_jmp(s, s->ue_lookup);
        break;
    }
    case INDEX_op_ue_goto_far:
        /* As goto_tb, while the code of this address space is where it was when the jump was linked: ue_link_far. */
        tcg_out_modrm_offset(s, OPC_ARITH_EvIz, ARITH_CMP, TCG_AREG0, UE_GENERATION_OFFSET);
        tcg_out32(s, 0);
        tcg_out8(s, OPC_JCC_short + JCC_JNE);
        tcg_out8(s, 5);
        tcg_out8(s, OPC_JMP_long);
        s->tb_jmp_insn_offset[a0] = tcg_current_code_size(s);
        tcg_out32(s, 0);
        set_jmp_reset_offset(s, a0);
        break;
    case INDEX_op_ue_exit_far:
        tcg_out_movi(s, TCG_TYPE_PTR, TCG_REG_EAX, a0);
        tcg_out_jmp(s, s->ue_far);
        break;
#endif
    case INDEX_op_br:\n",
    ),
    // On an x86-64 host the counter lives in a register: a word of memory that each block rewrites costs it 3 ns.
    // It is in memory whenever C runs.
    (
        "qemu/include/tcg/tcg-opc.h",
        "DEF(br, 0, 0, 1, TCG_OPF_BB_END)\n",
        "DEF(br, 0, 0, 1, TCG_OPF_BB_END)
DEF(ue_jump, 0, 1, 0, TCG_OPF_BB_EXIT | TCG_OPF_BB_END)
DEF(ue_goto_far, 0, 0, 1, TCG_OPF_BB_EXIT | TCG_OPF_BB_END)
DEF(ue_exit_far, 0, 0, 1, TCG_OPF_BB_EXIT | TCG_OPF_BB_END)\n",
    ),
    // Indirect jumps and jumps to other pages look in a table of their own first, inline. An entry is good while its
    // generation is the current one: forgetting all of them costs nothing.
    ("qemu/include/tcg/tcg.h", "    void *code_gen_epilogue;\n", "    void *code_gen_epilogue;\n    void *ue_lookup, *ue_far;\n"),
    (
        "qemu/include/hw/core/cpu.h",
        "    struct TranslationBlock *tb_jmp_cache[TB_JMP_CACHE_SIZE];\n",
        "    /* Of the active address space. */
    struct TranslationBlock **tb_jmp_cache;
    uint64_t ue_generation, ue_generations;
    UeJump ue_jumps[UE_JUMPS];\n",
    ),
    (
        "qemu/include/hw/core/cpu.h",
        "    for (i = 0; i < TB_JMP_CACHE_SIZE; i++) {\n        cpu->tb_jmp_cache[i] = NULL;\n",
        "    if (cpu->tb_jmp_cache == NULL) {
        cpu->tb_jmp_cache = g_new0(struct TranslationBlock *, TB_JMP_CACHE_SIZE);
    }
    cpu->ue_generation = ++cpu->ue_generations;
    for (i = 0; i < TB_JMP_CACHE_SIZE; i++) {\n        cpu->tb_jmp_cache[i] = NULL;\n",
    ),
    ("qemu/include/hw/core/cpu.h", "#define TB_JMP_CACHE_BITS 12\n", "#define TB_JMP_CACHE_BITS 10\n#include \"ue.h\"\n"),
    (
        "qemu/accel/tcg/translate-all.c",
        "    tb_jmp_cache_clear_page(cpu, addr);\n}\n",
        "    tb_jmp_cache_clear_page(cpu, addr);\n    cpu->ue_generation = ++cpu->ue_generations;\n}\n",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "    if (cpu->tb_jmp_cache[h] == tb) {\n        cpu->tb_jmp_cache[h] = NULL;\n    }\n",
        "    if (cpu->tb_jmp_cache[h] == tb) {\n        cpu->tb_jmp_cache[h] = NULL;\n    }
    if (cpu->ue_jumps[UE_JUMP_SLOT(tb->pc)].code == tb->tc.ptr) {
        cpu->ue_jumps[UE_JUMP_SLOT(tb->pc)].generation = 0;
    }
",
    ),
    (
        "qemu/accel/tcg/tcg-runtime.c",
        "        return uc->tcg_ctx->code_gen_epilogue;\n    }\n",
        "        return uc->tcg_ctx->code_gen_epilogue;\n    }
    extern void ue_remember_jump(CPUState *cpu, target_ulong pc, uint32_t flags, TranslationBlock *tb);
    ue_remember_jump(cpu, pc, flags, tb);
",
    ),
    (
        "qemu/target/i386/translate.c",
        "static void gen_jr(DisasContext *s, TCGv dest)\n{\n",
        "static void gen_jr(DisasContext *s, TCGv dest)
{
#ifdef UE_COUNT_REGISTER
    TCGContext *tcg_ctx = s->uc->tcg_ctx;

    /* As for a direct jump to the same page, the flags are those of this block. */
    if (s->base.tb->flags == s->uc->ue->plain_flags && !s->base.singlestep_enabled) {
        gen_update_cc_op(s);
        tcg_gen_op1i(tcg_ctx, INDEX_op_ue_jump, tcgv_i64_arg(tcg_ctx, dest));
        s->base.is_jmp = DISAS_NORETURN;
        return;
    }
#endif
",
    ),
    // Direct jumps to another page, and to an instruction that may lie across the border of one, are linked for as long as
    // the address space has its code where it is.
    (
        "qemu/include/exec/exec-all.h",
        "    uintptr_t jmp_dest[2];\n",
        "    uintptr_t jmp_dest[2];\n    uint32_t ue_generation[2]; /* for which a far jump was linked */\n",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "    tcg_ctx->tb_jmp_reset_offset = tb->jmp_reset_offset;\n",
        "    tcg_ctx->tb_jmp_reset_offset = tb->jmp_reset_offset;\n    tb->ue_generation[0] = tb->ue_generation[1] = 0;\n",
    ),
    (
        "qemu/target/i386/translate.c",
        "    if (use_goto_tb(s, pc))  {\n",
        "#ifdef UE_COUNT_REGISTER
    if (!use_goto_tb(s, pc) || (pc & ~TARGET_PAGE_MASK) > TARGET_PAGE_SIZE - TARGET_MAX_INSN_SIZE) {
        tcg_gen_op1i(tcg_ctx, INDEX_op_ue_goto_far, tb_num);
        gen_jmp_im(s, eip);
        tcg_gen_op1i(tcg_ctx, INDEX_op_ue_exit_far, (uintptr_t)s->base.tb + tb_num);
        s->base.is_jmp = DISAS_NORETURN;
        return;
    }
#endif
    if (use_goto_tb(s, pc))  {\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    case INDEX_op_goto_ptr:\n        return &r;\n",
        "    case INDEX_op_goto_ptr:\n    case INDEX_op_ue_jump:\n        return &r;\n",
    ),
];
