/*
 * The run loop and the accessors of unicorn-engine-node, compiled with the x86-64 target.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "qemu/osdep.h"
#include "cpu.h"
#include "exec/exec-all.h"
#include "exec/cpu_ldst.h"
#include "exec/helper-proto.h"
#include "exec/cputlb.h"
#include "exec/tb-lookup.h"
#include "tcg/tcg.h"
#include "uc_priv.h"
#include "unicorn/unicorn.h"
#include "ue.h"

/* Blocks between two looks at the stop flag: under a millisecond as a rule. */
#define CHUNK 8192
/* TCG_MAX_INSNS: no block is longer, so a block entered at an offset may have the rest of this. */
#define BLOCK_INSTRUCTIONS 512
/* Room for translations; when it is full, all of them are dropped. */
#define CODE_BUFFER (256 << 20)
#define USER_FLAGS \
    (CC_C | CC_P | CC_A | CC_Z | CC_S | CC_O | TF_MASK | DF_MASK | NT_MASK | AC_MASK | ID_MASK)

void ue_invalidate_page(struct uc_struct *uc, uint64_t ram_address);
void ue_free_spaces(UeState *ue);
void ue_flush_data(CPUState *cpu);
void ue_flush_data_page(CPUState *cpu, target_ulong page);
bool ue_generation_lives(UeState *ue, uint32_t generation);
void ue_link_far(TranslationBlock *from, int n, TranslationBlock *to, uint32_t generation);
void ue_set_page(CPUState *cpu, vaddr addr, hwaddr physical, int prot, int mmu_idx);

static inline int32_t *block_counter(CPUState *cpu)
{
    return &cpu_neg(cpu)->ue_blocks;
}

/* Remembers that what was entered last stopped before its instruction `index`. */
static void stay_in_block(UeState *ue, CPUX86State *env, int32_t index)
{
    int32_t *counter = block_counter(env_cpu(env));
    bool entered_inside = ue->offset != 0 && ue->grant - *counter == 1;

    if (entered_inside) {
        ue->offset += index;
    } else {
        ue->offset = index;
        if (index == 0) {
            *counter += 1; /* nothing of the block has happened: it has not begun */
        }
    }
    ue->offset_rip = env->eip;
    ue->stayed = 1;
}

static bool is_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

static bool ue_tlb_fill(CPUState *cpu, vaddr address, int size, MMUAccessType access, int mmu_idx, bool probe,
                        uintptr_t return_address)
{
    UeState *ue = cpu->uc->ue;
    CPUX86State *env = cpu->env_ptr;
    UeFill fill = {0, 0, 0};
    int answer = UE_FILL_FAULT;

    if (is_canonical(address)) {
        answer = ue->fill(ue->opaque, address, access, &fill);
    } else if (!probe) {
        raise_exception_err_ra(env, EXCP0D_GPF, 0, return_address);
    }
    if (answer == UE_FILL_OK) {
        ue_set_page(cpu, address, fill.physical, fill.protection, mmu_idx);
        return true;
    }
    if (probe) {
        return false;
    }
    ue->instruction = -1;
    cpu_restore_state(cpu, return_address, true);
    if (answer == UE_FILL_FAULT) {
        if (ue->instruction < 0 && ue->last_chunk && *block_counter(cpu) == 0) {
            /* The budget ends before the block that cannot be fetched. */
            *block_counter(cpu) = -1;
        } else {
            ue->reason = UE_PAGE_FAULT;
            ue->address = address;
            ue->detail = (uint64_t)access | (fill.present ? 4 : 0);
        }
    }
    if (ue->instruction >= 0) {
        stay_in_block(ue, env, ue->instruction);
    }
    cpu->exception_index = EXCP_INTERRUPT;
    cpu_loop_exit(cpu);
}

bool ue_is_breakpoint(struct uc_struct *uc, uint64_t pc)
{
    UeState *ue = uc->ue;
    uint64_t low = 0, high = ue->breakpoint_count;

    while (low < high) {
        uint64_t middle = (low + high) / 2;

        if (ue->breakpoints[middle] < pc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < ue->breakpoint_count && ue->breakpoints[low] == pc;
}

/* Called by the code of a block just before instruction `index`, which has a breakpoint. */
void HELPER(ue_breakpoint)(CPUX86State *env, uint32_t index)
{
    CPUState *cpu = env_cpu(env);
    UeState *ue = cpu->uc->ue;

    cpu_restore_state(cpu, GETPC(), true);
    if (ue->skip) {
        ue->skip = 0;
        if (ue->skip_rip == env->eip) {
            return;
        }
    }
    ue->reason = UE_BREAKPOINT;
    stay_in_block(ue, env, index);
    cpu->exception_index = EXCP_INTERRUPT;
    cpu_loop_exit(cpu);
}

/* The next jump there is done by translated code alone. */
void ue_remember_jump(CPUState *cpu, target_ulong pc, uint32_t flags, TranslationBlock *tb);
void ue_remember_jump(CPUState *cpu, target_ulong pc, uint32_t flags, TranslationBlock *tb)
{
    if (flags == cpu->uc->ue->plain_flags) {
        UeJump *jump = &cpu->ue_jumps[UE_JUMP_SLOT(pc)];

        jump->pc = pc;
        jump->generation = cpu->ue_generation;
        jump->code = tb->tc.ptr;
    }
}

#ifdef UE_COUNT_REGISTER
/*
 * A jump to another page (`site`: its block, and which of its two) that is not linked for this space's code as it is now.
 * It is linked anew unless another space still needs it as it is. Returns where to go on.
 */
void *HELPER(ue_far)(CPUX86State *env, uintptr_t site);
void *HELPER(ue_far)(CPUX86State *env, uintptr_t site)
{
    CPUState *cpu = env_cpu(env);
    TranslationBlock *from = (TranslationBlock *)(site & ~(uintptr_t)3), *to;
    const int n = site & 3;
    target_ulong pc, cs_base;
    uint32_t flags;

    to = tb_lookup__cpu_state(cpu, &pc, &cs_base, &flags, curr_cflags());
    if (to == NULL) {
        return cpu->uc->tcg_ctx->code_gen_epilogue;
    }
    ue_remember_jump(cpu, pc, flags, to);
    if (!(tb_cflags(from) & CF_INVALID) && (from->jmp_dest[n] == 0 || !ue_generation_lives(cpu->uc->ue, from->ue_generation[n]))) {
        ue_link_far(from, n, to, cpu->ue_generation);
    }
    return to->tc.ptr;
}
#endif

/* The four instructions that leave; eip is at the instruction and the flags are in cc_op when they are called. */
void ue_syscall(CPUX86State *env, int length);
void ue_syscall(CPUX86State *env, int length)
{
    CPUState *cpu = env_cpu(env);
    UeState *ue = cpu->uc->ue;

    env->eip += length;
    env->regs[R_ECX] = env->eip;
    env->regs[11] = cpu_compute_eflags(env) & ~RF_MASK;
    ue->reason = UE_SYSCALL;
    cpu->exit_request = 1; /* the block ends here and returns to the loop by itself */
}

void QEMU_NORETURN ue_rdtsc(CPUX86State *env, uint32_t with_processor);
void QEMU_NORETURN ue_rdtsc(CPUX86State *env, uint32_t with_processor)
{
    CPUState *cpu = env_cpu(env);
    UeState *ue = cpu->uc->ue;

    while (cpu_ldub_code(env, env->eip) != 0x0f) {
        env->eip++; /* prefixes */
    }
    env->eip += with_processor ? 3 : 2;
    ue->reason = UE_RDTSC;
    ue->detail = with_processor;
    cpu->exception_index = EXCP_INTERRUPT;
    cpu_loop_exit(cpu);
}

void ue_cpuid(CPUX86State *env);
void ue_cpuid(CPUX86State *env)
{
    UeState *ue = env->uc->ue;
    uint32_t out[4] = {0, 0, 0, 0};

    ue->cpuid(env->regs[R_EAX], env->regs[R_ECX], out);
    env->regs[R_EAX] = out[0];
    env->regs[R_EBX] = out[1];
    env->regs[R_ECX] = out[2];
    env->regs[R_EDX] = out[3];
}

/* An exception or software interrupt left the loop: what the processor would have pushed. */
static void take_exception(UeState *ue, CPUState *cpu, CPUX86State *env)
{
    int vector = cpu->exception_index;
    bool first = ue->reason == 0; /* a trap behind `syscall` comes too late */

    if (first) {
        ue->reason = UE_EXCEPTION;
        ue->detail = vector;
        ue->address = (uint32_t)env->error_code;
    }
    if (first && env->exception_is_int && vector < 32 && vector != EXCP03_INT3 && vector != EXCP04_INTO) {
        /* `int n` of a gate that user mode may not use: rip stays at the two bytes. */
        ue->detail = EXCP0D_GPF;
        ue->address = vector * 8 + 2;
        env->eip -= 2;
    }
    env->exception_is_int = 0;
    env->error_code = 0;
    cpu->exception_index = -1;
    cpu->halted = 0;
    cpu->uc->invalid_error = UC_ERR_OK;
}

static void load_registers(UeState *ue, CPUX86State *env)
{
    const uint64_t *slots = ue->slots;

    memcpy(env->regs, slots, 16 * sizeof(uint64_t));
    env->eip = slots[UE_RIP];
    env->eflags = (slots[UE_RFLAGS] & USER_FLAGS) | IF_MASK | 2;
    env->segs[R_FS].base = slots[UE_FS_BASE];
    env->segs[R_GS].base = slots[UE_GS_BASE];
}

static void store_registers(UeState *ue, CPUX86State *env, uint64_t blocks)
{
    uint64_t *slots = ue->slots;

    memcpy(slots, env->regs, 16 * sizeof(uint64_t));
    slots[UE_RIP] = env->eip;
    slots[UE_RFLAGS] = env->eflags;
    slots[UE_FS_BASE] = env->segs[R_FS].base;
    slots[UE_GS_BASE] = env->segs[R_GS].base;
    slots[UE_EXIT_REASON] = ue->reason;
    slots[UE_EXIT_ADDRESS] = ue->address;
    slots[UE_EXIT_DETAIL] = ue->detail;
    slots[UE_BLOCKS] = blocks;
}

/* Executes until something happens or `blocks` more blocks have begun; returns how many have. */
static uint32_t execute(UeState *ue, CPUState *cpu, uint32_t blocks, bool single)
{
    CPUX86State *env = cpu->env_ptr;
    int32_t *counter = block_counter(cpu);
    uint32_t inside = ue->offset != 0;
    int32_t begun;
    int result;

    ue->grant = single ? 1 : blocks + inside;
    ue->stayed = 0;
    *counter = ue->grant;
    cpu_neg(cpu)->ue_continues = 0;
    cpu->cflags_next_tb = -1;
    if (single) {
        cpu->cflags_next_tb = curr_cflags() | 1;
    } else if (inside) {
        cpu->cflags_next_tb = curr_cflags() | (BLOCK_INSTRUCTIONS - ue->offset);
    }
    cpu->exception_index = -1;
    cpu->exit_request = 0;

    result = cpu_exec(cpu->uc, cpu);

    if (result == EXCP_HLT && cpu->exception_index >= 0) {
        take_exception(ue, cpu, env);
    }
    begun = ue->grant - (*counter < 0 ? 0 : *counter);
    if (begun > 0 && !ue->stayed) {
        bool goes_on = single && cpu_neg(cpu)->ue_continues && ue->offset + 1 < BLOCK_INSTRUCTIONS;

        ue->offset = goes_on ? ue->offset + 1 : 0;
        ue->offset_rip = env->eip;
    }
    return begun > 0 ? begun - inside : 0;
}

uint32_t ue_run(UeState *ue, uint32_t budget, uint32_t single);
uint32_t ue_run(UeState *ue, uint32_t budget, uint32_t single)
{
    CPUState *cpu = ue->uc->cpu;
    CPUX86State *env = cpu->env_ptr;
    uint32_t blocks = 0;

    tb_exec_unlock(ue->uc);
    if (unlikely(cpu->ue_generations >> 31)) {
        /* Linked jumps know the lower half: no number comes twice in one life of theirs. */
        tb_flush(cpu);
        memset(cpu->ue_jumps, 0, sizeof(cpu->ue_jumps));
        cpu->ue_generation = cpu->ue_generations = 1;
    }
    load_registers(ue, env);
    if (ue->offset_rip != env->eip) {
        ue->offset = 0;
    }
    ue->reason = 0;
    ue->address = 0;
    ue->detail = 0;
    ue->skip = ue->breakpoint_count != 0 && ue_is_breakpoint(ue->uc, env->eip);
    ue->skip_rip = env->eip;
    env->old_exception = -1;
    env->exception_is_int = 0;
    ue->uc->size_recur_mem = 0;

    while (ue->reason == 0) {
        uint32_t left = budget - blocks;

        if (*ue->stop) {
            ue->reason = UE_STOPPED;
            break;
        }
        ue->last_chunk = single || left <= CHUNK;
        blocks += execute(ue, cpu, left <= CHUNK ? left : CHUNK, single);
        if (ue->reason == 0 && *block_counter(cpu) < 0) {
            if (single) {
                ue->reason = UE_STEP;
            } else if (blocks >= budget) {
                ue->reason = UE_BUDGET;
            }
        }
    }
    store_registers(ue, env, blocks);
    return ue->reason;
}

/* `code`: the space's code is no longer where it was. */
void ue_flush_all(UeState *ue, uint32_t code);
void ue_flush_all(UeState *ue, uint32_t code)
{
    if (code) {
        tlb_flush(ue->uc->cpu);
    } else {
        ue_flush_data(ue->uc->cpu);
    }
}

void ue_flush_page(UeState *ue, uint64_t address, uint32_t code);
void ue_flush_page(UeState *ue, uint64_t address, uint32_t code)
{
    if (code) {
        tlb_flush_page(ue->uc->cpu, address);
    } else {
        ue_flush_data_page(ue->uc->cpu, address & TARGET_PAGE_MASK);
    }
}

/* Drops what was translated from a physical page. */
void ue_drop_page_code(UeState *ue, uint64_t physical);
void ue_drop_page_code(UeState *ue, uint64_t physical)
{
    ue_invalidate_page(ue->uc, physical);
}

void ue_drop_all_code(UeState *ue);
void ue_drop_all_code(UeState *ue)
{
    tb_exec_unlock(ue->uc);
    tb_flush(ue->uc->cpu);
}

/* FXSAVE64's layout. */
void ue_save_fpu(UeState *ue, uint8_t *into);
void ue_save_fpu(UeState *ue, uint8_t *into)
{
    CPUX86State *env = ue->uc->cpu->env_ptr;
    uint16_t status = (env->fpus & ~0x3800) | (env->fpstt & 7) << 11;
    uint8_t tags = 0;
    int i;

    memset(into, 0, 512);
    for (i = 0; i < 8; i++) {
        tags |= (!env->fptags[i]) << i;
    }
    stw_le_p(into, env->fpuc);
    stw_le_p(into + 2, status);
    into[4] = tags;
    stw_le_p(into + 6, env->fpop);
    stq_le_p(into + 8, env->fpip);
    stq_le_p(into + 16, env->fpdp);
    stl_le_p(into + 24, env->mxcsr);
    stl_le_p(into + 28, 0xffff);
    for (i = 0; i < 8; i++) {
        const floatx80 *value = &env->fpregs[(env->fpstt + i) & 7].d;

        stq_le_p(into + 32 + 16 * i, value->low);
        stw_le_p(into + 40 + 16 * i, value->high);
    }
    for (i = 0; i < 16; i++) {
        stq_le_p(into + 160 + 16 * i, env->xmm_regs[i].ZMM_Q(0));
        stq_le_p(into + 168 + 16 * i, env->xmm_regs[i].ZMM_Q(1));
    }
}

void ue_load_fpu(UeState *ue, const uint8_t *from);
void ue_load_fpu(UeState *ue, const uint8_t *from)
{
    CPUX86State *env = ue->uc->cpu->env_ptr;
    uint16_t status = lduw_le_p(from + 2);
    int i;

    cpu_set_fpuc(env, lduw_le_p(from) | 0x40);
    env->fpstt = (status >> 11) & 7;
    env->fpus = status & ~0x3800;
    env->fpop = lduw_le_p(from + 6);
    env->fpip = ldq_le_p(from + 8);
    env->fpdp = ldq_le_p(from + 16);
    cpu_set_mxcsr(env, ldl_le_p(from + 24) & 0xffff);
    for (i = 0; i < 8; i++) {
        floatx80 *value = &env->fpregs[(env->fpstt + i) & 7].d;

        env->fptags[i] = !(from[4] >> i & 1);
        value->low = ldq_le_p(from + 32 + 16 * i);
        value->high = lduw_le_p(from + 40 + 16 * i);
    }
    for (i = 0; i < 16; i++) {
        env->xmm_regs[i].ZMM_Q(0) = ldq_le_p(from + 160 + 16 * i);
        env->xmm_regs[i].ZMM_Q(1) = ldq_le_p(from + 168 + 16 * i);
    }
}

/* A processor as Linux hands it to a 64-bit program: ring 3, SSE on, x87 exceptions native. */
static void enter_user_mode(CPUX86State *env, const UeFeatures *features)
{
    const uint32_t common = DESC_G_MASK | DESC_P_MASK | DESC_S_MASK | DESC_A_MASK | 3 << DESC_DPL_SHIFT;
    int i;

    memset(env->features, 0, sizeof(env->features));
    env->features[FEAT_1_EDX] = features->leaf1_edx;
    env->features[FEAT_1_ECX] = features->leaf1_ecx;
    env->features[FEAT_7_0_EBX] = features->leaf7_ebx;
    env->features[FEAT_8000_0001_EDX] = features->ext1_edx;
    env->features[FEAT_8000_0001_ECX] = features->ext1_ecx;
    env->efer |= MSR_EFER_SCE | MSR_EFER_NXE;
    cpu_x86_update_cr0(env, CR0_PE_MASK | CR0_MP_MASK | CR0_ET_MASK | CR0_NE_MASK | CR0_WP_MASK | CR0_AM_MASK);
    cpu_x86_update_cr4(env, CR4_PAE_MASK | CR4_OSFXSR_MASK | CR4_OSXMMEXCPT_MASK | CR4_FSGSBASE_MASK);
    cpu_x86_load_seg_cache(env, R_CS, 0x33, 0, 0xffffffff, common | DESC_CS_MASK | DESC_R_MASK | DESC_L_MASK);
    cpu_x86_load_seg_cache(env, R_SS, 0x2b, 0, 0xffffffff, common | DESC_B_MASK | DESC_W_MASK);
    cpu_x86_load_seg_cache(env, R_DS, 0, 0, 0xffffffff, common | DESC_B_MASK | DESC_W_MASK);
    cpu_x86_load_seg_cache(env, R_ES, 0, 0, 0xffffffff, common | DESC_B_MASK | DESC_W_MASK);
    cpu_x86_load_seg_cache(env, R_FS, 0, 0, 0xffffffff, common | DESC_B_MASK | DESC_W_MASK);
    cpu_x86_load_seg_cache(env, R_GS, 0, 0, 0xffffffff, common | DESC_B_MASK | DESC_W_MASK);
    cpu_set_fpuc(env, 0x37f);
    cpu_set_mxcsr(env, 0x1f80);
    env->fpus = 0;
    env->fpstt = 0;
    for (i = 0; i < 8; i++) {
        env->fptags[i] = 1;
    }
}

void ue_close(UeState *ue);
void ue_close(UeState *ue)
{
    if (ue->uc != NULL) {
        struct TranslationBlock **blocks = ue->uc->cpu->tb_jmp_cache;

        ue->uc->nested_level = 0;
        uc_close(ue->uc);
        g_free(blocks);
        ue_free_spaces(ue);
    }
    free(ue);
}

/* A machine over `size` bytes of memory that the caller owns; NULL if there is no room for it. */
UeState *ue_open(uint8_t *memory, uint64_t size, const UeFeatures *features);
UeState *ue_open(uint8_t *memory, uint64_t size, const UeFeatures *features)
{
    UeState *ue = calloc(1, sizeof(*ue));
    struct uc_struct *uc;
    CPUState *cpu;
    target_ulong pc, cs_base;

    if (ue == NULL) {
        return NULL;
    }
    if (uc_open(UC_ARCH_X86, UC_MODE_64, &uc) != UC_ERR_OK) {
        free(ue);
        return NULL;
    }
    ue->uc = uc;
    ue->physical = memory;
    uc->ue = ue;
    uc->no_exit_request = true;
    uc->tcg_buffer_size = CODE_BUFFER;
    if (uc_mem_map_ptr(uc, 0, size, UC_PROT_ALL, memory) != UC_ERR_OK) {
        ue_close(ue);
        return NULL;
    }
    cpu = uc->cpu;
    cpu->cc->tlb_fill = ue_tlb_fill;
    uc->stop_interrupt = NULL;
    uc->nested_level = 1;
    uc->exits[0] = ~(uint64_t)0; /* no address ends a run */
    cpu->halted = 0;
    cpu->stop = false;
    cpu->stopped = false;
    cpu->created = true;
    enter_user_mode(cpu->env_ptr, features);
    ((CPUX86State *)cpu->env_ptr)->eflags = IF_MASK | 2;
    cpu_get_tb_cpu_state(cpu->env_ptr, &pc, &cs_base, &ue->plain_flags);
    tlb_flush(cpu);
    return ue;
}
