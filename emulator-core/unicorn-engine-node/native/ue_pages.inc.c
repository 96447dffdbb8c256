/*
 * Included at the end of accel/tcg/translate-all.c, whose page descriptors are private to it.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */

bool ue_page_has_code(struct uc_struct *uc, uint64_t ram_address)
{
    PageDesc *page = page_find(uc, ram_address >> TARGET_PAGE_BITS);

    return page != NULL && page->first_tb != (uintptr_t)NULL;
}

void ue_link_far(TranslationBlock *from, int n, TranslationBlock *to, uint32_t generation);
void ue_invalidate_page(struct uc_struct *uc, uint64_t ram_address);
void ue_invalidate_page(struct uc_struct *uc, uint64_t ram_address)
{
    if (ue_page_has_code(uc, ram_address)) {
        tb_invalidate_phys_page_range(uc, ram_address, ram_address + TARGET_PAGE_SIZE);
    }
}

#ifdef UE_COUNT_REGISTER
/* Jump `n` of a block goes to another one, while the generation is this. */
void ue_link_far(TranslationBlock *from, int n, TranslationBlock *to, uint32_t generation)
{
    if (from->jmp_dest[n] != (uintptr_t)NULL) {
        tb_remove_from_jmp_list(from, n);
    }
    from->jmp_dest[n] = (uintptr_t)to;
    from->jmp_list_next[n] = to->jmp_list_head;
    to->jmp_list_head = (uintptr_t)from | n;
    from->ue_generation[n] = generation;
    ue_set_far_generation(from, n, generation);
    tb_set_jmp_target(from, n, (uintptr_t)to->tc.ptr);
}
#endif
