//! Instructions: faults of the translator, those that the owner answers, and the commonest SSE ones inline.

use super::Edit;

pub const EDITS: &[Edit] = &[
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
];
