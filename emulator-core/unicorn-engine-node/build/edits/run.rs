//! The run loop: a budget of blocks, exits, breakpoints, and exactly which instruction something happened at.

use super::Edit;

pub const EDITS: &[Edit] = &[
    // Our file is one more of the x86 target.
    ("CMakeLists.txt", "    qemu/target/i386/unicorn.c\n", "    qemu/target/i386/unicorn.c\n    qemu/target/i386/ue.c\n"),
    // The state of our run loop, and its two words beside the registers, where translated code reaches them cheaply.
    ("include/uc_priv.h", "    bool skip_sync_pc_on_exit;\n", "    bool skip_sync_pc_on_exit;\n    struct UeState *ue;\n"),
    ("include/uc_priv.h", "#include \"list.h\"\n", "#include \"list.h\"\n#include \"ue.h\"\n"),
    (
        "qemu/include/exec/cpu-defs.h",
        "    IcountDecr icount_decr;\n",
        "    uint64_t ue_continues;\n    IcountDecr icount_decr;\n    int32_t ue_blocks;\n",
    ),
    // Each block counts itself down from a budget; the stop test by a helper call goes.
    ("qemu/include/tcg/tcg.h", "    TCGOp *icount_start_insn;\n", "    TCGOp *icount_start_insn;\n    TCGLabel *ue_no_budget;\n"),
    (
        "qemu/include/exec/gen-icount.h",
        "    TCGv_ptr puc = tcg_const_ptr(tcg_ctx, tcg_ctx->uc);
    TCGv_i32 tmp = tcg_const_i32(tcg_ctx, 0);
    // Unicorn:
    //    We CANT'T use brcondi_i32 here or we will fail liveness analysis
    //    because it marks the end of BB
    if (tcg_ctx->delay_slot_flag != NULL) {
        tcg_gen_mov_i32(tcg_ctx, tmp, tcg_ctx->delay_slot_flag);
    }
    gen_helper_check_exit_request(tcg_ctx, puc, tmp);
    tcg_temp_free_i32(tcg_ctx, tmp);
    tcg_temp_free_ptr(tcg_ctx, puc);
",
        "    tcg_ctx->ue_no_budget = gen_new_label(tcg_ctx);
#ifdef UE_COUNT_REGISTER
    tcg_ctx->ue_no_budget->refs++;
    tcg_gen_op1(tcg_ctx, INDEX_op_ue_count, label_arg(tcg_ctx->ue_no_budget));
#else
    const int offset = (int)offsetof(ArchCPU, neg.ue_blocks) - (int)offsetof(ArchCPU, env);
    TCGv_i32 left = tcg_temp_new_i32(tcg_ctx);

    tcg_gen_ld_i32(tcg_ctx, left, tcg_ctx->cpu_env, offset);
    tcg_gen_subi_i32(tcg_ctx, left, left, 1);
    tcg_gen_st_i32(tcg_ctx, left, tcg_ctx->cpu_env, offset);
    tcg_gen_brcondi_i32(tcg_ctx, TCG_COND_LT, left, 0, tcg_ctx->ue_no_budget);
    tcg_temp_free_i32(tcg_ctx, left);
#endif
",
    ),
    (
        "qemu/include/exec/gen-icount.h",
        "    tcg_gen_exit_tb(tcg_ctx, tb, TB_EXIT_REQUESTED);\n",
        "    gen_set_label(tcg_ctx, tcg_ctx->ue_no_budget);\n    tcg_gen_exit_tb(tcg_ctx, tb, TB_EXIT_REQUESTED);\n",
    ),
    (
        "qemu/accel/tcg/cpu-exec.c",
        "    *last_tb = NULL;\n    insns_left = cpu_neg(cpu)->icount_decr.u32;\n",
        "    *last_tb = NULL;\n    if (cpu_neg(cpu)->ue_blocks < 0) {\n        cpu->exit_request = 1;\n        return;\n    }\n    insns_left = cpu_neg(cpu)->icount_decr.u32;\n",
    ),
    // On an x86-64 host the counter lives in a register: a word of memory that each block rewrites costs it 3 ns.
    // It is in memory whenever C runs.
    (
        "qemu/include/tcg/tcg-opc.h",
        "DEF(br, 0, 0, 1, TCG_OPF_BB_END)\n",
        "DEF(br, 0, 0, 1, TCG_OPF_BB_END)
DEF(ue_count, 0, 0, 1, TCG_OPF_BB_END)\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.h",
        "#define TCG_TARGET_HAS_goto_ptr         1\n",
        "#define TCG_TARGET_HAS_goto_ptr         1
#if TCG_TARGET_REG_BITS == 64
# define UE_COUNT_REGISTER TCG_REG_R15
# define UE_BLOCKS_OFFSET ((int)offsetof(ArchCPU, neg.ue_blocks) - (int)offsetof(ArchCPU, env))
# define UE_GENERATION_OFFSET ((int)offsetof(ArchCPU, parent_obj.ue_generation) - (int)offsetof(ArchCPU, env))
# define UE_JUMPS_OFFSET ((int)offsetof(ArchCPU, parent_obj.ue_jumps) - (int)offsetof(ArchCPU, env))
#endif
",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    case INDEX_op_br:\n",
        "#ifdef UE_COUNT_REGISTER
    case INDEX_op_ue_count:
        tgen_arithi(s, ARITH_SUB, UE_COUNT_REGISTER, 1, 1);
        tcg_out_jxx(s, JCC_JS, arg_label(a0), 0);
        break;
#endif
    case INDEX_op_br:\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    tcg_regset_set_reg(s->reserved_regs, TCG_REG_CALL_STACK);\n",
        "    tcg_regset_set_reg(s->reserved_regs, TCG_REG_CALL_STACK);
#ifdef UE_COUNT_REGISTER
    tcg_regset_set_reg(s->reserved_regs, UE_COUNT_REGISTER);
#endif
",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "{\n    tcg_out_branch(s, 1, dest);\n",
        "{
#ifdef UE_COUNT_REGISTER
    tcg_out_st(s, TCG_TYPE_I32, UE_COUNT_REGISTER, TCG_AREG0, UE_BLOCKS_OFFSET);
#endif
    tcg_out_branch(s, 1, dest);\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    /* \"Tail call\" to the helper, with the return address back inline.  */\n    tcg_out_push(s, retaddr);\n    tcg_out_jmp(s, qemu_st_helpers",
        "#ifdef UE_COUNT_REGISTER
    tcg_out_st(s, TCG_TYPE_I32, UE_COUNT_REGISTER, TCG_AREG0, UE_BLOCKS_OFFSET);
#endif
    tcg_out_push(s, retaddr);\n    tcg_out_jmp(s, qemu_st_helpers",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    tcg_out_mov(s, TCG_TYPE_PTR, TCG_AREG0, tcg_target_call_iarg_regs[0]);\n    tcg_out_addi(s, TCG_REG_ESP, -stack_addend);\n",
        "    tcg_out_mov(s, TCG_TYPE_PTR, TCG_AREG0, tcg_target_call_iarg_regs[0]);
    tcg_out_ld(s, TCG_TYPE_I32, UE_COUNT_REGISTER, TCG_AREG0, UE_BLOCKS_OFFSET);
    tcg_out_addi(s, TCG_REG_ESP, -stack_addend);\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    s->tb_ret_addr = s->code_ptr;\n\n    tcg_out_addi(s, TCG_REG_CALL_STACK, stack_addend);\n",
        "    s->tb_ret_addr = s->code_ptr;

#ifdef UE_COUNT_REGISTER
    tcg_out_st(s, TCG_TYPE_I32, UE_COUNT_REGISTER, TCG_AREG0, UE_BLOCKS_OFFSET);
#endif
    tcg_out_addi(s, TCG_REG_CALL_STACK, stack_addend);\n",
    ),
    // Breakpoints: a call before the instruction, so that the block keeps its borders.
    (
        "qemu/accel/tcg/tcg-runtime.h",
        "DEF_HELPER_2(check_exit_request, void, ptr, i32)",
        "DEF_HELPER_2(check_exit_request, void, ptr, i32)\nDEF_HELPER_2(ue_breakpoint, void, env, i32)",
    ),
    (
        "qemu/accel/tcg/translator.c",
        "        /* Disassemble one instruction.  The translate_insn hook should\n",
        "        if (unlikely(uc->ue->breakpoint_count != 0) && ue_is_breakpoint(uc, db->pc_next)) {
            TCGv_i32 index = tcg_const_i32(tcg_ctx, db->num_insns - 1);

            gen_helper_ue_breakpoint(tcg_ctx, tcg_ctx->cpu_env, index);
            tcg_temp_free_i32(tcg_ctx, index);
        }

        /* Disassemble one instruction.  The translate_insn hook should\n",
    ),
    // A block that ends because only so many instructions were asked for says so.
    (
        "qemu/accel/tcg/translator.c",
        "        if (tcg_op_buf_full(tcg_ctx) || db->num_insns >= db->max_insns) {\n",
        "        if (tcg_op_buf_full(tcg_ctx) || db->num_insns >= db->max_insns) {
            if (db->max_insns == 1) {
                TCGv_i64 one = tcg_const_i64(tcg_ctx, 1);

                tcg_gen_st_i64(tcg_ctx, one, tcg_ctx->cpu_env,
                               (int)offsetof(ArchCPU, neg.ue_continues) - (int)offsetof(ArchCPU, env));
                tcg_temp_free_i64(tcg_ctx, one);
            }
",
    ),
    // No block goes on to another page, except by its only instruction: a fetch that faults must not undo instructions before it.
    (
        "qemu/target/i386/translate.c",
        "    } else if ((tb_cflags(dc->base.tb) & CF_USE_ICOUNT)
               && ((pc_next & TARGET_PAGE_MASK)
                   != ((pc_next + TARGET_MAX_INSN_SIZE - 1)
                       & TARGET_PAGE_MASK)
                   || (pc_next & ~TARGET_PAGE_MASK) == 0)) {
",
        "    } else if ((pc_next & TARGET_PAGE_MASK)
                   != ((pc_next + TARGET_MAX_INSN_SIZE - 1)
                       & TARGET_PAGE_MASK)
                   || (pc_next & ~TARGET_PAGE_MASK) == 0) {
",
    ),
    (
        "qemu/target/i386/translate.c",
        "    if (dc->base.is_jmp == DISAS_TOO_MANY) {\n        gen_jmp_im(dc, dc->base.pc_next - dc->cs_base);\n        gen_eob(dc);\n",
        "    if (dc->base.is_jmp == DISAS_TOO_MANY) {\n        gen_jmp(dc, dc->base.pc_next - dc->cs_base);\n",
    ),
    // Which instruction of its block a fault came from.
    (
        "qemu/accel/tcg/translate-all.c",
        "    restore_state_to_opc(env, tb, data);\n\n    return 0;\n",
        "    restore_state_to_opc(env, tb, data);\n    cpu->uc->ue->instruction = i;\n\n    return 0;\n",
    ),
];
