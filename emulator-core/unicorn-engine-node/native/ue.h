/*
 * What unicorn-engine-node adds to Unicorn's x86-64 translator: a run loop of its own that counts blocks,
 * takes translations from a page table kept elsewhere, and says exactly why it came back.
 * Included by the patched sources and mirrored by src/engine.rs.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef UE_H
#define UE_H

#include <stdbool.h>
#include <stdint.h>

struct uc_struct;

enum {
    UE_SYSCALL = 1,
    UE_PAGE_FAULT = 2,
    UE_EXCEPTION = 3,
    UE_BUDGET = 4,
    UE_BREAKPOINT = 5,
    UE_STEP = 6,
    UE_STOPPED = 7,
    UE_RDTSC = 8,
};

/* Slots of the register buffer behind the sixteen general registers. */
enum {
    UE_RIP = 16,
    UE_RFLAGS,
    UE_FS_BASE,
    UE_GS_BASE,
    UE_EXIT_REASON,
    UE_EXIT_ADDRESS,
    UE_EXIT_DETAIL,
    UE_BLOCKS,
};

/* What the page table answers to a TLB miss. */
enum {
    UE_FILL_OK = 0,
    UE_FILL_FAULT = 1,
    /* A frame with translated code was replaced: the instruction must start again. */
    UE_FILL_RETRY = 2,
};

typedef struct UeFill {
    uint64_t physical;
    uint32_t protection; /* PAGE_READ 1 | PAGE_WRITE 2 | PAGE_EXEC 4 */
    uint32_t present;    /* for a fault: a page is there, its protection forbids the access */
} UeFill;

typedef struct UeFeatures {
    uint32_t leaf1_edx, leaf1_ecx, leaf7_ebx, ext1_edx, ext1_ecx;
} UeFeatures;

/* Where a jump leads: an entry of a table that translated code reads by itself. 32 bytes, as the code knows. */
typedef struct UeJump {
    uint64_t pc;
    uint64_t generation; /* never 0 in a valid entry */
    void *code;
    void *unused;
} UeJump;

#define UE_JUMPS 4096
#define UE_JUMP_SHIFT 12
#define UE_JUMP_SLOT(pc) (((pc) ^ (pc) >> UE_JUMP_SHIFT) & (UE_JUMPS - 1))

/* A block that was translated in an earlier run (ue_cache.inc.c), as it is in a file; mirrored by src/translations.rs. */
typedef struct UeRecord {
    uint64_t pc;
    uint32_t code; /* where its code is in the buffer */
    uint32_t slot; /* where its description goes, from the end of the buffer */
    uint32_t next; /* with the same hash: index + 1 */
    uint16_t code_size;
    uint16_t search; /* bytes behind the code that tell where in it instructions are; behind them the `size` bytes that were translated */
    uint16_t size;
    uint16_t icount;
    uint16_t jump_reset[2], jump[2];
    uint16_t far; /* bits: which jumps compare a generation */
    uint16_t unused;
} UeRecord;

typedef struct UeCache {
    const UeRecord *records; /* in the order of their code */
    const uint32_t *heads;   /* by UE_CACHE_HASH of the guest address: index + 1 */
    uint8_t *used;           /* whether a record's description is made */
    uint8_t *chunks;         /* what is known of each part of the code: UE_CHUNK_… */
    uint32_t count, head_mask;
    uint32_t code_end; /* in the buffer: new code goes behind */
    uint32_t slots;
} UeCache;

#define UE_CACHE_HASH(pc) ((uint32_t)(((uint64_t)(pc) * 0x9e3779b97f4a7c15u) >> 40))
#define UE_CACHE_MOST_CODE (64 << 20)

/* The code is read in parts of this size, when a block in one is wanted for the first time. */
#define UE_CACHE_CHUNK (64 << 10)
enum {
    UE_CHUNK_UNREAD = 0,
    UE_CHUNK_READ = 1,
    UE_CHUNK_DAMAGED = 2,
};

typedef struct UeState {
    struct uc_struct *uc;
    /* Set by the owner before the first run. */
    void *opaque;
    int (*fill)(void *opaque, uint64_t address, int access, UeFill *out);
    void (*cpuid)(uint32_t leaf, uint32_t subleaf, uint32_t *out);
    bool (*is_written)(void *opaque, uint64_t physical); /* whether any space may have written to a page */
    bool (*read_chunk)(void *opaque, uint32_t chunk); /* of earlier runs' code, into its place; whether it is as it was written */
    uint64_t *slots;
    const volatile uint8_t *stop;
    const uint64_t *breakpoints; /* sorted */
    uint64_t breakpoint_count;
    /*
     * Instructions of the current block that are done already, valid while rip is offset_rip: a run that starts there
     * goes on in that block and does not count it again.
     */
    uint64_t offset_rip;
    uint32_t offset;
    uint32_t keeps; /* whether what is translated may be saved */
    uint64_t translated, reused; /* blocks */

    /* Private to ue.c. */
    uint32_t reason;
    uint64_t address, detail;
    uint8_t *physical;
    uint64_t skip_rip;
    uint32_t skip;
    uint32_t last_chunk;
    uint32_t stayed;
    int32_t grant; /* what the block counter began with */
    int32_t instruction; /* index in its block of the instruction last restored */
    uint32_t plain_flags; /* of blocks without traps or other peculiarities */
    struct UeSpace *spaces, *space; /* ue_spaces.inc.c; the active one's contents are in the processor */
    uint64_t changes;
    UeCache cache;
} UeState;

/* Hooks called by the patched sources. */
bool ue_page_has_code(struct uc_struct *uc, uint64_t ram_address);
bool ue_is_breakpoint(struct uc_struct *uc, uint64_t pc);
void ue_forget_inactive_spaces(UeState *ue);
struct TranslationBlock;
void ue_forget_block(UeState *ue, uint32_t hash, const struct TranslationBlock *block);

#endif
