//! The translator itself: what it does for each block, which for most programs' start is most of the time.

use super::Edit;

pub const EDITS: &[Edit] = &[
    // The liveness analysis visits only what a block uses.
    (
        "qemu/tcg/tcg.c",
        "/* liveness analysis: end of function: all temps are dead, and globals\n",
        "#include \"ue_liveness.inc.c\"\n\n#if 0 /* all of them each time */\n/* liveness analysis: end of function: all temps are dead, and globals\n",
    ),
    (
        "qemu/tcg/tcg.c",
        "/* Liveness analysis : update the opc_arg_life array to tell if a\n",
        "#endif\n\n/* Liveness analysis : update the opc_arg_life array to tell if a\n",
    ),
    (
        "qemu/tcg/tcg.c",
        "    TCGOp *op, *op_prev;
    TCGRegSet *prefs;
    int i;

    prefs = tcg_malloc(s, sizeof(TCGRegSet) * nb_temps);
    for (i = 0; i < nb_temps; ++i) {
        s->temps[i].state_ptr = prefs + i;
    }

    /* ??? Should be redundant with the exit_tb that ends the TB.  */
    la_func_end(s, nb_globals, nb_temps);
",
        "    TCGOp *op, *op_prev;
    UeLiveness la;
    int i;

    la_begin(s, &la, nb_globals, nb_temps);
",
    ),
    (
        "qemu/tcg/tcg.c",
        "                    ts->state = TS_DEAD;
                    la_reset_pref(s, ts);

                    /* Not used -- it will be tcg_target_call_oarg_regs[i].  */
",
        "                    la_touch(&la, ts);
                    ts->state = TS_DEAD;
                    la_reset_pref(s, ts);

                    /* Not used -- it will be tcg_target_call_oarg_regs[i].  */
",
    ),
    (
        "qemu/tcg/tcg.c",
        "                    la_global_kill(s, nb_globals);
                } else if (!(call_flags & TCG_CALL_NO_READ_GLOBALS)) {
                    la_global_sync(s, nb_globals);
",
        "                    la_global_kill(s, &la);
                } else if (!(call_flags & TCG_CALL_NO_READ_GLOBALS)) {
                    la_global_sync(s, &la);
",
    ),
    (
        "qemu/tcg/tcg.c",
        "                /* For all live registers, remove call-clobbered prefs.  */
                la_cross_call(s, nb_temps);
",
        "                /* For all live registers, remove call-clobbered prefs.  */
                la_cross_call(s, &la);
",
    ),
    (
        "qemu/tcg/tcg.c",
        "                         * the stack, reset to any available reg.
                         */
",
        "                         * the stack, reset to any available reg.
                         */
                        la_touch(&la, ts);
",
    ),
    (
        "qemu/tcg/tcg.c",
        "            /* mark the temporary as dead */
            ts = arg_temp(op->args[0]);
",
        "            /* mark the temporary as dead */
            ts = arg_temp(op->args[0]);
            la_touch(&la, ts);
",
    ),
    (
        "qemu/tcg/tcg.c",
        "                ts->state = TS_DEAD;
                la_reset_pref(s, ts);
            }

            /* If end of basic block, update.  */
            if (def->flags & TCG_OPF_BB_EXIT) {
                la_func_end(s, nb_globals, nb_temps);
            } else if (def->flags & TCG_OPF_BB_END) {
                la_bb_end(s, nb_globals, nb_temps);
            } else if (def->flags & TCG_OPF_SIDE_EFFECTS) {
                la_global_sync(s, nb_globals);
                if (def->flags & TCG_OPF_CALL_CLOBBER) {
                    la_cross_call(s, nb_temps);
                }
            }
",
        "                la_touch(&la, ts);
                ts->state = TS_DEAD;
                la_reset_pref(s, ts);
            }

            /* If end of basic block, update.  */
            if (def->flags & TCG_OPF_BB_EXIT) {
                la_func_end(s, &la);
            } else if (def->flags & TCG_OPF_BB_END) {
                la_bb_end(s, &la);
            } else if (def->flags & TCG_OPF_SIDE_EFFECTS) {
                la_global_sync(s, &la);
                if (def->flags & TCG_OPF_CALL_CLOBBER) {
                    la_cross_call(s, &la);
                }
            }
",
    ),
    (
        "qemu/tcg/tcg.c",
        "                    /* For operands that were dead, initially allow
                       all regs for the type.  */
",
        "                    /* For operands that were dead, initially allow
                       all regs for the type.  */
                    la_touch(&la, ts);
",
    ),
    // One or two words are not worth a string instruction.
    (
        "qemu/tcg/tcg.c",
        "    /* copy constants */
    memcpy(new_args + nb_oargs + nb_iargs, 
           op->args + nb_oargs + nb_iargs,
           sizeof(TCGArg) * def->nb_cargs);
",
        "    /* copy constants */
    for (i = nb_oargs + nb_iargs; i < def->nb_args; i++) {
        new_args[i] = op->args[i];
    }
",
    ),
    // Blocks come in the order of their code: an array finds them as well as a tree.
    (
        "qemu/tcg/tcg.c",
        "static int ptr_cmp_tb_tc(const void *ptr, const struct tb_tc *s)\n",
        "#include \"ue_blocks.inc.c\"\n\n#if 0 /* the tree */\nstatic int ptr_cmp_tb_tc(const void *ptr, const struct tb_tc *s)\n",
    ),
    (
        "qemu/tcg/tcg.c",
        "static void tcg_region_bounds(TCGContext *tcg_ctx, ",
        "#endif\n\nstatic void tcg_region_bounds(TCGContext *tcg_ctx, ",
    ),
    ("qemu/tcg/tcg.c", "    tcg_ctx->tree = g_tree_new(tb_tc_cmp);\n", ""),
    ("qemu/unicorn_common.h", "    g_tree_destroy(s->tree);\n", "    g_free(s->ue_tbs);\n"),
    (
        "qemu/include/tcg/tcg.h",
        "    void *code_gen_epilogue;\n    void *ue_lookup, *ue_far;\n",
        "    void *code_gen_epilogue;
    void *ue_lookup, *ue_far;
    struct TranslationBlock **ue_tbs; /* in the order of their code */
    size_t ue_tb_count, ue_tb_room;
",
    ),
    // A block's description lies at the other end of the buffer: written among the code it makes the processor, which has fetched
    // beyond the block before, begin anew; and code that lies closer together is found in the caches more often.
    (
        "qemu/tcg/tcg.c",
        "    uintptr_t align = s->uc->qemu_icache_linesize;
    TranslationBlock *tb;
    void *next;

 retry:
    tb = (void *)ROUND_UP((uintptr_t)s->code_gen_ptr, align);
    next = (void *)ROUND_UP((uintptr_t)(tb + 1), align);

    if (unlikely(next > s->code_gen_highwater)) {
",
        "    uintptr_t align = s->uc->qemu_icache_linesize;
    TranslationBlock *tb;
    char *highwater;

 retry:
    s->code_gen_ptr = (void *)ROUND_UP((uintptr_t)s->code_gen_ptr, align);
    highwater = (char *)s->code_gen_highwater - UE_BLOCK_SIZE;
    tb = (void *)(highwater + TCG_HIGHWATER);
    if (unlikely((char *)s->code_gen_ptr > highwater)) {
",
    ),
    ("qemu/tcg/tcg.c", "    s->code_gen_ptr = next;\n", "    s->code_gen_highwater = highwater;\n"),
    (
        "qemu/include/tcg/tcg.h",
        "TranslationBlock *tcg_tb_alloc(TCGContext *s);\n",
        "/* With its distance from the next: whole lines of the cache. */
#define UE_BLOCK_SIZE ROUND_UP(sizeof(TranslationBlock), 64)
TranslationBlock *tcg_tb_alloc(TCGContext *s);\n",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "            goto buffer_overflow;

        case -2:
",
        "            tcg_ctx->code_gen_ptr = tcg_ctx->code_gen_highwater; /* there is no room any more */
            goto buffer_overflow;

        case -2:
",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "    if (unlikely(search_size < 0)) {
",
        "    if (unlikely(search_size < 0)) {
        tcg_ctx->code_gen_ptr = tcg_ctx->code_gen_highwater;
",
    ),
    (
        "qemu/accel/tcg/translate-all.c",
        "        uintptr_t orig_aligned = (uintptr_t)gen_code_buf;

        orig_aligned -= ROUND_UP(sizeof(*tb), tcg_ctx->uc->qemu_icache_linesize);
        tcg_ctx->code_gen_ptr = (void *)orig_aligned;
",
        "        tcg_ctx->code_gen_ptr = gen_code_buf;
        tcg_ctx->code_gen_highwater = (char *)tcg_ctx->code_gen_highwater + UE_BLOCK_SIZE;
",
    ),
];
