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

void ue_invalidate_page(struct uc_struct *uc, uint64_t ram_address);
void ue_invalidate_page(struct uc_struct *uc, uint64_t ram_address)
{
    if (ue_page_has_code(uc, ram_address)) {
        tb_invalidate_phys_page_range(uc, ram_address, ram_address + TARGET_PAGE_SIZE);
    }
}
