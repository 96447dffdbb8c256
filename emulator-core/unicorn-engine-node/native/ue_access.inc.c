/*
 * Included in accel/tcg/cputlb.c in the place of Unicorn's load_helper and store_helper: what an access does that translated code does not find
 * in its TLB. There are no hooks and no devices here, only memory.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */

static inline void store_memop(void *host, uint64_t value, MemOp op);

/* Does not return if the access faults. */
static inline CPUTLBEntry *ue_entry(CPUArchState *env, target_ulong addr, size_t size, MMUAccessType access, size_t offset, uintptr_t mmu_idx,
                                    uintptr_t retaddr)
{
    CPUTLBEntry *entry = tlb_entry(env, mmu_idx, addr);

    if (tlb_hit(env->uc, tlb_read_ofs(entry, offset), addr)) {
        return entry;
    }
    if (victim_tlb_hit(env, mmu_idx, tlb_index(env, mmu_idx, addr), offset, addr & TARGET_PAGE_MASK)) {
        return entry;
    }
    tlb_fill(env_cpu(env), addr, size, access, mmu_idx, retaddr);
    return tlb_entry(env, mmu_idx, addr);
}

static inline void check_alignment(CPUArchState *env, target_ulong addr, TCGMemOpIdx oi, MMUAccessType access, uintptr_t retaddr)
{
    if (addr & ((1 << get_alignment_bits(get_memop(oi))) - 1)) {
        cpu_unaligned_access(env_cpu(env), addr, access, get_mmuidx(oi), retaddr);
    }
}

static inline bool crosses_pages(target_ulong addr, size_t size)
{
    return size > 1 && (addr & ~TARGET_PAGE_MASK) + size > TARGET_PAGE_SIZE;
}

static inline uint64_t load_helper(CPUArchState *env, target_ulong addr, TCGMemOpIdx oi, uintptr_t retaddr, MemOp op, bool code_read,
                                   FullLoadHelper *full_load)
{
    const size_t size = memop_size(op);
    const MMUAccessType access = code_read ? MMU_INST_FETCH : MMU_DATA_LOAD;
    const size_t offset = code_read ? offsetof(CPUTLBEntry, addr_code) : offsetof(CPUTLBEntry, addr_read);
    CPUTLBEntry *entry;

    check_alignment(env, addr, oi, access, retaddr);
    entry = ue_entry(env, addr, size, access, offset, get_mmuidx(oi), retaddr);
    if (unlikely(crosses_pages(addr, size))) {
        const target_ulong first = addr & ~(target_ulong)(size - 1);
        const unsigned shift = (addr & (size - 1)) * 8;
        const uint64_t low = full_load(env, first, oi, retaddr);
        const uint64_t high = full_load(env, first + size, oi, retaddr);

        return ((low >> shift) | (high << (size * 8 - shift))) & MAKE_64BIT_MASK(0, size * 8);
    }
    return load_memop((void *)(uintptr_t)(addr + entry->addend), op);
}

static inline void store_helper(CPUArchState *env, target_ulong addr, uint64_t value, TCGMemOpIdx oi, uintptr_t retaddr, MemOp op)
{
    const size_t size = memop_size(op), offset = offsetof(CPUTLBEntry, addr_write);
    const uintptr_t mmu_idx = get_mmuidx(oi);
    CPUTLBEntry *entry;

    check_alignment(env, addr, oi, MMU_DATA_STORE, retaddr);
    entry = ue_entry(env, addr, size, MMU_DATA_STORE, offset, mmu_idx, retaddr);
    if (unlikely(crosses_pages(addr, size))) {
        /* Both pages are there before the first byte changes. */
        ue_entry(env, (addr + size) & TARGET_PAGE_MASK, (addr + size) & ~TARGET_PAGE_MASK, MMU_DATA_STORE, offset, mmu_idx, retaddr);
        for (size_t i = 0; i < size; i++) {
            helper_ret_stb_mmu(env, addr + i, value >> (i * 8), oi, retaddr);
        }
        return;
    }
    if (unlikely(tlb_addr_write(entry) & TLB_NOTDIRTY)) {
        /* Here is code: what was translated from these bytes goes, and this very block starts again if it is of them. */
        notdirty_write(env_cpu(env), addr, size, &env_tlb(env)->d[mmu_idx].iotlb[tlb_index(env, mmu_idx, addr)], retaddr, entry);
    }
    store_memop((void *)(uintptr_t)(addr + entry->addend), value, op);
}

/* The table grows to this at most: 1 MiB for 128 MiB of memory in use at a time. */
#define UE_TLB_MOST_ENTRIES 32768

/* Puts a page into the TLB, whose table grows when it misses often: that takes a flush. */
void ue_set_page(CPUState *cpu, vaddr addr, hwaddr physical, int prot, int mmu_idx);
void ue_set_page(CPUState *cpu, vaddr addr, hwaddr physical, int prot, int mmu_idx)
{
    CPUArchState *env = cpu->env_ptr;
    CPUTLB *tlb = env_tlb(env);
    CPUTLBDesc *desc = &tlb->d[mmu_idx];
    const target_ulong page = addr & TARGET_PAGE_MASK;
    const size_t entries = tlb_n_entries(&tlb->f[mmu_idx]);
    CPUTLBEntry *entry;
    uintptr_t index;

    if (++desc->ue_fills > 2 * entries && entries < UE_TLB_MOST_ENTRIES) {
        desc->window_max_entries = entries;
        tlb_flush_one_mmuidx_locked(env, mmu_idx, get_clock_realtime());
    }
    index = tlb_index(env, mmu_idx, page);
    entry = tlb_entry(env, mmu_idx, page);
    tlb->c.dirty |= 1 << mmu_idx;
    tlb_flush_vtlb_page_locked(env, mmu_idx, page);
    if (!tlb_entry_is_empty(entry) && !tlb_hit_page_anyprot(cpu->uc, entry, page)) {
        const size_t victim = desc->vindex++ % CPU_VTLB_SIZE;

        desc->vtable[victim] = *entry;
        desc->viotlb[victim] = desc->iotlb[index];
        tlb_n_used_entries_dec(env, mmu_idx);
    }
    desc->iotlb[index].addr = physical - page;
    desc->iotlb[index].attrs = MEMTXATTRS_UNSPECIFIED;
    entry->addend = (uintptr_t)cpu->uc->ue->physical + physical - page;
    entry->addr_read = prot & PAGE_READ ? page : -1;
    entry->addr_code = prot & PAGE_EXEC ? page : -1;
    entry->addr_write = !(prot & PAGE_WRITE) ? -1 : ue_page_has_code(cpu->uc, physical) ? page | TLB_NOTDIRTY : page;
    tlb_n_used_entries_inc(env, mmu_idx);
}
