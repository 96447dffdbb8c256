//! The TLB and what an access does that is not in it.

use super::Edit;

pub const EDITS: &[Edit] = &[
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
