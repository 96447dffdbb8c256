//! Our changes to Unicorn 2.1.5: (file, text that must be there exactly once, what takes its place).

pub type Edit = (&'static str, &'static str, &'static str);

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
DEF(ue_count, 0, 0, 1, TCG_OPF_BB_END)
DEF(ue_jump, 0, 1, 0, TCG_OPF_BB_EXIT | TCG_OPF_BB_END)
DEF(ue_goto_far, 0, 0, 1, TCG_OPF_BB_EXIT | TCG_OPF_BB_END)
DEF(ue_exit_far, 0, 0, 1, TCG_OPF_BB_EXIT | TCG_OPF_BB_END)\n",
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
        "    s->tb_ret_addr = s->code_ptr;\n\n    tcg_out_addi(s, TCG_REG_CALL_STACK, stack_addend);\n",
        "    s->tb_ret_addr = s->code_ptr;

#ifdef UE_COUNT_REGISTER
    tcg_out_st(s, TCG_TYPE_I32, UE_COUNT_REGISTER, TCG_AREG0, UE_BLOCKS_OFFSET);
#endif
    tcg_out_addi(s, TCG_REG_CALL_STACK, stack_addend);\n",
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
    // Unicorn lets any program talk to ports; a processor does not.
    ("qemu/target/i386/translate.c", "    // Unicorn: allow all I/O instructions\n    return;\n", ""),
    // Faults of the translator: bzhi of an index beyond the operand, blsi's carry, the flags that cmpxchg8b/16b keep.
    (
        "qemu/target/i386/translate.c",
        "                    tcg_gen_setcond_tl(tcg_ctx, TCG_COND_LT, tcg_ctx->cpu_cc_src,
                                       s->T1, bound);
                    tcg_gen_movcond_tl(tcg_ctx, TCG_COND_GT, s->T1, s->T1,
                                       bound, bound, s->T1);
                    tcg_temp_free(tcg_ctx, bound);
                }
                tcg_gen_movi_tl(tcg_ctx, s->A0, -1);
                tcg_gen_shl_tl(tcg_ctx, s->A0, s->A0, s->T1);
",
        "                    TCGv none = tcg_const_tl(tcg_ctx, 0);

                    tcg_gen_setcond_tl(tcg_ctx, TCG_COND_LE, tcg_ctx->cpu_cc_src, s->T1, bound);
                    tcg_gen_andi_tl(tcg_ctx, s->tmp0, s->T1, 63);
                    tcg_gen_movi_tl(tcg_ctx, s->A0, -1);
                    tcg_gen_shl_tl(tcg_ctx, s->A0, s->A0, s->tmp0);
                    tcg_gen_movcond_tl(tcg_ctx, TCG_COND_GT, s->A0, s->T1, bound, none, s->A0);
                    tcg_temp_free(tcg_ctx, none);
                    tcg_temp_free(tcg_ctx, bound);
                }
",
    ),
    (
        "qemu/target/i386/translate.c",
        "                case 3: /* blsi By, Ey */\n",
        "                case 3: /* blsi By, Ey */
                    tcg_gen_setcondi_tl(tcg_ctx, TCG_COND_EQ, tcg_ctx->cpu_cc_src, s->T0, 0);\n",
    ),
    (
        "qemu/target/i386/translate.c",
        "                if (!(s->cpuid_ext_features & CPUID_EXT_CX16)) {
                    goto illegal_op;
                }
",
        "                if (!(s->cpuid_ext_features & CPUID_EXT_CX16)) {
                    goto illegal_op;
                }
                gen_update_cc_op(s);
",
    ),
    (
        "qemu/target/i386/translate.c",
        "            if (!(s->cpuid_features & CPUID_CX8)) {
                goto illegal_op;
            }
",
        "            if (!(s->cpuid_features & CPUID_CX8)) {
                goto illegal_op;
            }
            gen_update_cc_op(s);
",
    ),
    // The commonest SSE instructions are done inline instead of by a call each.
    (
        "qemu/target/i386/cpu.h",
        "    ZMMReg xmm_regs[CPU_NB_REGS == 8 ? 8 : 32];\n",
        "    QEMU_ALIGNED(16) ZMMReg xmm_regs[CPU_NB_REGS == 8 ? 8 : 32];\n",
    ),
    (
        "qemu/target/i386/translate.c",
        "        default:
            tcg_gen_addi_ptr(tcg_ctx, s->ptr0, tcg_ctx->cpu_env, op1_offset);
            tcg_gen_addi_ptr(tcg_ctx, s->ptr1, tcg_ctx->cpu_env, op2_offset);
            sse_fn_epp(tcg_ctx, tcg_ctx->cpu_env, s->ptr0, s->ptr1);
            break;
        }
        if (b == 0x2e || b == 0x2f) {
",
        "        default:
            if (is_xmm && ue_gen_vector(tcg_ctx, b, b1, op1_offset, op2_offset)) {
                break;
            }
            tcg_gen_addi_ptr(tcg_ctx, s->ptr0, tcg_ctx->cpu_env, op1_offset);
            tcg_gen_addi_ptr(tcg_ctx, s->ptr1, tcg_ctx->cpu_env, op2_offset);
            sse_fn_epp(tcg_ctx, tcg_ctx->cpu_env, s->ptr0, s->ptr1);
            break;
        }
        if (b == 0x2e || b == 0x2f) {
",
    ),
    (
        "qemu/target/i386/translate.c",
        "static void gen_sse(CPUX86State *env, DisasContext *s, int b,",
        "#include \"ue_vector.inc.c\"\n\nstatic void gen_sse(CPUX86State *env, DisasContext *s, int b,",
    ),
    (
        "qemu/target/i386/ops_sse.h",
        "uint32_t glue(helper_pmovmskb, SUFFIX)(CPUX86State *env, Reg *s)
{
    uint32_t val;

",
        "#if SHIFT == 1 && defined(__SSE2__)
#include <emmintrin.h>
#endif

uint32_t glue(helper_pmovmskb, SUFFIX)(CPUX86State *env, Reg *s)
{
    uint32_t val;

#if SHIFT == 1 && defined(__SSE2__)
    return _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)s));
#endif
",
    ),
    // Instructions that the owner answers.
    (
        "qemu/target/i386/seg_helper.c",
        "    // Unicorn: call registered syscall hooks\n    struct hook *hook;\n",
        "    extern void ue_syscall(CPUX86State *env, int length);\n    ue_syscall(env, next_eip_addend);\n    return;\n    struct hook *hook;\n",
    ),
    (
        "qemu/target/i386/misc_helper.c",
        "    cpu_svm_check_intercept_param(env, SVM_EXIT_CPUID, 0, GETPC());\n",
        "    extern void ue_cpuid(CPUX86State *env);\n    ue_cpuid(env);\n    return;\n",
    ),
    (
        "qemu/target/i386/misc_helper.c",
        "    int skip_rdtsc = 0;\n",
        "    int skip_rdtsc = 0;\n    extern void ue_rdtsc(CPUX86State *env, uint32_t with_processor);\n    ue_rdtsc(env, 0);\n",
    ),
    (
        "qemu/target/i386/misc_helper.c",
        "    int skip_rdtscp = 0;\n",
        "    int skip_rdtscp = 0;\n    extern void ue_rdtsc(CPUX86State *env, uint32_t with_processor);\n    ue_rdtsc(env, 1);\n",
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
    // Stores are watched where there is translated code, by physical page, and nowhere else.
    (
        "qemu/accel/tcg/cputlb.c",
        "    cpu_physical_memory_test_and_clear_dirty(ram_addr, TARGET_PAGE_SIZE,\n                                             DIRTY_MEMORY_CODE);\n",
        "    tlb_reset_dirty(uc->cpu, (uintptr_t)uc->ue->physical + ram_addr, TARGET_PAGE_SIZE);
    if (uc->ue->is_written(uc->ue->opaque, ram_addr)) {
        ue_forget_inactive_spaces(uc->ue);
    }
",
    ),
    (
        "qemu/accel/tcg/cputlb.c",
        "            } else if (cpu_physical_memory_is_clean(iotlb)) {\n",
        "            } else if (ue_page_has_code(cpu->uc, iotlb)) {\n",
    ),
    (
        "qemu/accel/tcg/cputlb.c",
        "    MemoryRegion *mr = cpu->uc->memory_mapping(cpu->uc, tlbe->paddr | (mem_vaddr & ~TARGET_PAGE_MASK));

    if (mr && (mr->perms & UC_PROT_EXEC) != 0) {
",
        "
    if (ue_page_has_code(cpu->uc, ram_addr)) {
",
    ),
    (
        "qemu/accel/tcg/cputlb.c",
        "    if (!(!mr || (tlbe->addr_write != -1 && mr->priority < cpu->uc->snapshot_level)) &&
            !(tlbe->addr_code != -1) &&
            !uc_mem_hook_installed(cpu->uc, tlbe->paddr | (mem_vaddr & ~TARGET_PAGE_MASK))) {
",
        "    if (!ue_page_has_code(cpu->uc, ram_addr)) {
",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "    if (!uc_mem_hook_installed(cpu->uc, tb->pc)) {
        tlb_reset_dirty_by_vaddr(cpu, pc & TARGET_PAGE_MASK,
                                (pc & ~TARGET_PAGE_MASK) + tb->size);
    }
",
        "",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "void tb_exec_unlock(struct uc_struct *uc)\n{\n    tb_exec_change(uc, false);\n}\n",
        "void tb_exec_unlock(struct uc_struct *uc)\n{\n    tb_exec_change(uc, false);\n}\n\n#include \"ue_pages.inc.c\"\n",
    ),
    // TLB entries of 32 bytes instead of 64: the physical address follows from the addend. More of them from the start.
    ("qemu/include/exec/cpu-defs.h", "#define CPU_TLB_ENTRY_BITS 6\n", "#define CPU_TLB_ENTRY_BITS 5\n"),
    ("qemu/include/exec/cpu-defs.h", "            hwaddr paddr;\n", ""),
    ("qemu/include/exec/cpu-defs.h", "#define CPU_TLB_DYN_MIN_BITS 6\n", "#define CPU_TLB_DYN_MIN_BITS 8\n"),
    ("qemu/include/exec/cpu-defs.h", "#define CPU_TLB_DYN_DEFAULT_BITS 8\n", "#define CPU_TLB_DYN_DEFAULT_BITS 10\n"),
    (
        "qemu/include/exec/cpu-defs.h",
        "    size_t n_used_entries;\n",
        "    size_t n_used_entries;\n    /* Misses since the last flush. */\n    size_t ue_fills;\n",
    ),
    (
        "qemu/accel/tcg/cputlb.c",
        "    desc->n_used_entries = 0;\n    desc->large_page_addr = -1;\n",
        "    desc->n_used_entries = 0;\n    desc->ue_fills = 0;\n    desc->large_page_addr = -1;\n",
    ),
    ("qemu/accel/tcg/cputlb.c", "    tn.paddr = paddr_page;\n", ""),
    (
        "qemu/accel/tcg/cputlb.c",
        "    *paddr = entry->paddr | (addr & ~TARGET_PAGE_MASK);\n",
        "    *paddr = addr + entry->addend - (uintptr_t)uc->ue->physical;\n",
    ),
    (
        "qemu/accel/tcg/cputlb.c",
        "    return qemu_ram_addr_from_host_nofail(env->uc, p);\n",
        "    return (uint8_t *)p - uc->ue->physical;\n",
    ),
    // What an access does that is not in the TLB: Unicorn's way looks for hooks and devices.
    (
        "qemu/accel/tcg/cputlb.c",
        "static inline uint64_t\nload_helper(",
        "#include \"ue_access.inc.c\"\n#include \"ue_spaces.inc.c\"\n\n#if 0 /* not needed */\nstatic inline uint64_t\nload_helper(",
    ),
    (
        "qemu/accel/tcg/cputlb.c",
        "/*\n * For the benefit of TCG generated code",
        "#endif\n/*\n * For the benefit of TCG generated code",
    ),
    ("qemu/accel/tcg/cputlb.c", "static inline void\nstore_helper(", "#if 0 /* not needed */\nstatic inline void\nstore_helper("),
    (
        "qemu/accel/tcg/cputlb.c",
        "void helper_ret_stb_mmu(CPUArchState *env, target_ulong addr, uint8_t val,\n",
        "#endif\nvoid helper_ret_stb_mmu(CPUArchState *env, target_ulong addr, uint8_t val,\n",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "#else\n    cpu_tb_jmp_cache_clear(cpu);\n",
        "#else\n    cpu_tb_jmp_cache_clear(cpu);\n    ue_forget_inactive_spaces(cpu->uc->ue);\n",
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
    // An access finds its host address by an index register instead of an addition; only the slow path needs a copy of the address.
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    tcg_out_mov(s, ttype, r1, addrlo);\n\n    // Unicorn: fast path",
        "#ifndef UE_COUNT_REGISTER\n    tcg_out_mov(s, ttype, r1, addrlo);\n#endif\n\n    // Unicorn: fast path",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    /* add addend(r0), r1 */\n    tcg_out_modrm_offset(s, OPC_ADD_GvEv + hrexw, r1, r0,\n",
        "#ifdef UE_COUNT_REGISTER
# define UE_INDEX_OF(addrlo) (addrlo)
    tcg_out_modrm_offset(s, OPC_MOVL_GvEv + hrexw, r1, r0, offsetof(CPUTLBEntry, addend));
    return;
#else
# define UE_INDEX_OF(addrlo) -1
#endif
    /* add addend(r0), r1 */\n    tcg_out_modrm_offset(s, OPC_ADD_GvEv + hrexw, r1, r0,\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    tcg_out_qemu_ld_direct(s, datalo, datahi, TCG_REG_L1, -1, 0, 0, is64, opc);\n",
        "    tcg_out_qemu_ld_direct(s, datalo, datahi, TCG_REG_L1, UE_INDEX_OF(addrlo), 0, 0, is64, opc);\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "    tcg_out_qemu_st_direct(s, datalo, datahi, TCG_REG_L1, -1, 0, 0, opc);\n",
        "    tcg_out_qemu_st_direct(s, datalo, datahi, TCG_REG_L1, UE_INDEX_OF(addrlo), 0, 0, opc);\n",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "        /* The second argument is already loaded with addrlo.  */\n        tcg_out_movi(",
        "        tcg_out_mov(s, TCG_TYPE_I64, tcg_target_call_iarg_regs[1], l->addrlo_reg);\n        tcg_out_movi(",
    ),
    (
        "qemu/tcg/i386/tcg-target.inc.c",
        "        /* The second argument is already loaded with addrlo.  */\n        tcg_out_mov(",
        "        tcg_out_mov(s, TCG_TYPE_I64, tcg_target_call_iarg_regs[1], l->addrlo_reg);\n        tcg_out_mov(",
    ),
];
