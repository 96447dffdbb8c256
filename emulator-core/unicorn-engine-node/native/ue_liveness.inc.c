/*
 * Included in tcg/tcg.c: the liveness analysis visits only those temporaries that a block has used since its last branch. QEMU visits
 * all of them, three dozen of the processor's alone, at each branch, label, load, store and call, which took a fifth of the time of
 * a translation.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */

/* What the analysis remembers of a temporary: TCGTemp.state_ptr. */
typedef struct UeLive {
    TCGRegSet pref; /* first: la_temp_pref */
    bool touched;
} UeLive;

typedef struct UeLiveness {
    TCGTemp **touched; /* whose state is not, or may not be, that of a block's end */
    int count;
    TCGTemp **locals; /* keep their values across branches, so that what they are at an end depends on the end */
    int local_count;
} UeLiveness;

static inline void la_touch(UeLiveness *la, TCGTemp *ts)
{
    UeLive *live = ts->state_ptr;

    if (!live->touched) {
        live->touched = true;
        la->touched[la->count++] = ts;
    }
}

static inline void la_end(TCGContext *s, UeLiveness *la, int local_state)
{
    for (int i = 0; i < la->count; i++) {
        TCGTemp *ts = la->touched[i];

        ts->state = ts->temp_global ? TS_DEAD | TS_MEM : TS_DEAD;
        la_reset_pref(s, ts);
        ((UeLive *)ts->state_ptr)->touched = false;
    }
    la->count = 0;
    for (int i = 0; i < la->local_count; i++) {
        la->locals[i]->state = local_state;
        la_reset_pref(s, la->locals[i]);
    }
}

/* End of function: all temps are dead, and globals should be in memory. */
static void la_func_end(TCGContext *s, UeLiveness *la)
{
    la_end(s, la, TS_DEAD);
}

/* End of basic block: all temps are dead, globals and local temps should be in memory. */
static void la_bb_end(TCGContext *s, UeLiveness *la)
{
    la_end(s, la, TS_DEAD | TS_MEM);
}

/* Before anything was seen: as at the end of the function. */
static void la_begin(TCGContext *s, UeLiveness *la, int nb_globals, int nb_temps)
{
    UeLive *live = tcg_malloc(s, sizeof(UeLive) * nb_temps);

    la->touched = tcg_malloc(s, sizeof(TCGTemp *) * nb_temps);
    la->locals = tcg_malloc(s, sizeof(TCGTemp *) * nb_temps);
    la->count = la->local_count = 0;
    for (int i = 0; i < nb_temps; i++) {
        TCGTemp *ts = &s->temps[i];

        live[i].touched = false;
        ts->state_ptr = &live[i];
        ts->state = i < nb_globals ? TS_DEAD | TS_MEM : TS_DEAD;
        la_reset_pref(s, ts);
        if (i >= nb_globals && ts->temp_local) {
            la->locals[la->local_count++] = ts;
        }
    }
}

/* Sync globals back to memory. */
static void la_global_sync(TCGContext *s, UeLiveness *la)
{
    for (int i = 0; i < la->count; i++) {
        TCGTemp *ts = la->touched[i];
        int state = ts->state;

        if (ts->temp_global) {
            ts->state = state | TS_MEM;
            if (state == TS_DEAD) {
                /* If the global was previously dead, reset prefs.  */
                la_reset_pref(s, ts);
            }
        }
    }
}

/* Sync globals back to memory and kill. */
static void la_global_kill(TCGContext *s, UeLiveness *la)
{
    for (int i = 0; i < la->count; i++) {
        TCGTemp *ts = la->touched[i];

        if (ts->temp_global) {
            ts->state = TS_DEAD | TS_MEM;
            la_reset_pref(s, ts);
        }
    }
}

/* Note live globals crossing calls. */
static void la_cross_call(TCGContext *s, UeLiveness *la)
{
    const TCGRegSet mask = ~(s->tcg_target_call_clobber_regs);

    for (int i = 0; i < la->count; i++) {
        TCGTemp *ts = la->touched[i];

        if (!(ts->state & TS_DEAD)) {
            TCGRegSet *pset = la_temp_pref(ts);
            TCGRegSet set = *pset & mask;

            /* If the combination is not possible, restart.  */
            *pset = set != 0 ? set : s->tcg_target_available_regs[ts->type] & mask;
        }
    }
}
