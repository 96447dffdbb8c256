/*
 * Included in accel/tcg/cputlb.c: address spaces keep their TLB and their lookups of blocks while another one is active, so that
 * changing to and fro between a few of them costs next to nothing. A space that is changed while it is inactive is forgotten.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */

#define UE_SPACES 16
/* User mode's, the only one in use. */
#define UE_INDEX 1

struct UeSpace {
    uint64_t id; /* 0: nobody's */
    uint64_t used; /* when it was left, in changes */
    uint64_t generation;
    struct TranslationBlock **blocks;
    CPUTLBDescFast fast;
    CPUTLBDesc desc;
};

static struct UeSpace *ue_slot_for(UeState *ue, uint64_t id)
{
    struct UeSpace *best = NULL;

    for (int i = 0; i < UE_SPACES; i++) {
        struct UeSpace *slot = &ue->spaces[i];

        if (slot->id == id) {
            return slot;
        }
        if (slot != ue->space && (best == NULL || (slot->id != 0) < (best->id != 0) ||
                                  ((slot->id != 0) == (best->id != 0) && slot->used < best->used))) {
            best = slot;
        }
    }
    return best;
}

/* Translations and blocks are those of the address space `id` from now on. */
void ue_change_space(UeState *ue, uint64_t id);
void ue_change_space(UeState *ue, uint64_t id)
{
    CPUState *cpu = ue->uc->cpu;
    CPUTLB *tlb = env_tlb((CPUArchState *)cpu->env_ptr);
    struct UeSpace *old = ue->space, *new;

    if (ue->spaces == NULL) {
        ue->spaces = g_new0(struct UeSpace, UE_SPACES);
        old = ue->space = ue->spaces;
    }
    new = ue_slot_for(ue, id);
    if (new == old) {
        return;
    }
    old->used = ++ue->changes;
    old->generation = cpu->ue_generation;
    old->blocks = cpu->tb_jmp_cache;
    old->fast = tlb->f[UE_INDEX];
    old->desc = tlb->d[UE_INDEX];
    if (new->fast.table == NULL) {
        tlb_mmu_init(&new->desc, &new->fast, get_clock_realtime());
        new->blocks = g_new0(struct TranslationBlock *, TB_JMP_CACHE_SIZE);
    }
    ue->space = new;
    cpu->ue_generation = new->generation;
    cpu->tb_jmp_cache = new->blocks;
    tlb->f[UE_INDEX] = new->fast;
    tlb->d[UE_INDEX] = new->desc;
    tlb->c.dirty |= 1 << UE_INDEX;
    if (new->id != id) {
        new->id = id;
        tlb_flush(cpu);
    }
}

/* The space was changed while it was not active. */
void ue_forget_space(UeState *ue, uint64_t id);
void ue_forget_space(UeState *ue, uint64_t id)
{
    for (int i = 0; ue->spaces != NULL && i < UE_SPACES; i++) {
        if (ue->spaces[i].id == id && &ue->spaces[i] != ue->space) {
            ue->spaces[i].id = 0;
        }
    }
}

/* All but the active one: translated blocks are gone, or a page that they may write without being watched now has code. */
void ue_forget_inactive_spaces(UeState *ue)
{
    for (int i = 0; ue->spaces != NULL && i < UE_SPACES; i++) {
        if (&ue->spaces[i] != ue->space) {
            ue->spaces[i].id = 0;
        }
    }
}

/* No inactive space finds the block any more where its lookups have it. */
void ue_forget_block(UeState *ue, uint32_t hash, const TranslationBlock *block)
{
    for (int i = 0; ue->spaces != NULL && i < UE_SPACES; i++) {
        struct UeSpace *slot = &ue->spaces[i];

        if (slot != ue->space && slot->blocks != NULL && slot->blocks[hash] == block) {
            slot->blocks[hash] = NULL;
        }
    }
}

/* Whether another space than the active one, if it comes back as it was, has this generation. */
bool ue_generation_lives(UeState *ue, uint32_t generation);
bool ue_generation_lives(UeState *ue, uint32_t generation)
{
    for (int i = 0; ue->spaces != NULL && i < UE_SPACES; i++) {
        const struct UeSpace *slot = &ue->spaces[i];

        if (slot != ue->space && slot->id != 0 && (uint32_t)slot->generation == generation) {
            return true;
        }
    }
    return false;
}

/* Translations of the active space's pages are void, but the code is where it was. */
void ue_flush_data(CPUState *cpu);
void ue_flush_data(CPUState *cpu)
{
    tlb_flush_one_mmuidx_locked(cpu->env_ptr, UE_INDEX, get_clock_realtime());
}

void ue_flush_data_page(CPUState *cpu, target_ulong page);
void ue_flush_data_page(CPUState *cpu, target_ulong page)
{
    tlb_flush_page_locked(cpu->env_ptr, UE_INDEX, page);
}

/* The active one's memory is freed with the processor. */
void ue_free_spaces(UeState *ue);
void ue_free_spaces(UeState *ue)
{
    for (int i = 0; ue->spaces != NULL && i < UE_SPACES; i++) {
        if (&ue->spaces[i] != ue->space) {
            g_free(ue->spaces[i].fast.table);
            g_free(ue->spaces[i].desc.iotlb);
            g_free(ue->spaces[i].blocks);
        }
    }
    g_free(ue->spaces);
}
