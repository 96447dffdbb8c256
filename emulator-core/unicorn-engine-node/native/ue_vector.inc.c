/*
 * Included in target/i386/translate.c: SSE instructions that are one vector operation of the translator.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "tcg/tcg-op-gvec.h"

typedef void UeVectorOp(TCGContext *tcg_ctx, unsigned vece, uint32_t dofs, uint32_t aofs, uint32_t bofs,
                        uint32_t oprsz, uint32_t maxsz);

/*
 * Emits opcode 0f `b` with the prefix `b1` (0 none, 1 operand size) on the registers at two offsets of the processor's
 * state; false if it is none of these.
 */
static bool ue_gen_vector(TCGContext *tcg_ctx, int b, int b1, int to, int from)
{
    UeVectorOp *operation = NULL;
    unsigned element = MO_64;

    if (b1 <= 1 && b >= 0x54 && b <= 0x57) {
        /* andps, andnps, orps, xorps and the like: the same as pand, pandn, por, pxor. */
        static const uint8_t integer[] = {0xdb, 0xdf, 0xeb, 0xef};

        b = integer[b - 0x54];
    } else if (b1 != 1) {
        return false;
    }
    switch (b) {
    case 0xdb: operation = tcg_gen_gvec_and; break;
    case 0xeb: operation = tcg_gen_gvec_or; break;
    case 0xef: operation = tcg_gen_gvec_xor; break;
    case 0xdf:
        tcg_gen_gvec_andc(tcg_ctx, MO_64, to, from, to, 16, 16);
        return true;
    case 0xfc: operation = tcg_gen_gvec_add; element = MO_8; break;
    case 0xfd: operation = tcg_gen_gvec_add; element = MO_16; break;
    case 0xfe: operation = tcg_gen_gvec_add; element = MO_32; break;
    case 0xd4: operation = tcg_gen_gvec_add; element = MO_64; break;
    case 0xf8: operation = tcg_gen_gvec_sub; element = MO_8; break;
    case 0xf9: operation = tcg_gen_gvec_sub; element = MO_16; break;
    case 0xfa: operation = tcg_gen_gvec_sub; element = MO_32; break;
    case 0xfb: operation = tcg_gen_gvec_sub; element = MO_64; break;
    case 0xec: operation = tcg_gen_gvec_ssadd; element = MO_8; break;
    case 0xed: operation = tcg_gen_gvec_ssadd; element = MO_16; break;
    case 0xdc: operation = tcg_gen_gvec_usadd; element = MO_8; break;
    case 0xdd: operation = tcg_gen_gvec_usadd; element = MO_16; break;
    case 0xe8: operation = tcg_gen_gvec_sssub; element = MO_8; break;
    case 0xe9: operation = tcg_gen_gvec_sssub; element = MO_16; break;
    case 0xd8: operation = tcg_gen_gvec_ussub; element = MO_8; break;
    case 0xd9: operation = tcg_gen_gvec_ussub; element = MO_16; break;
    case 0xda: operation = tcg_gen_gvec_umin; element = MO_8; break;
    case 0xde: operation = tcg_gen_gvec_umax; element = MO_8; break;
    case 0xea: operation = tcg_gen_gvec_smin; element = MO_16; break;
    case 0xee: operation = tcg_gen_gvec_smax; element = MO_16; break;
    case 0xd5: operation = tcg_gen_gvec_mul; element = MO_16; break;
    case 0x74: case 0x75: case 0x76:
        tcg_gen_gvec_cmp(tcg_ctx, TCG_COND_EQ, MO_8 + b - 0x74, to, to, from, 16, 16);
        return true;
    case 0x64: case 0x65: case 0x66:
        tcg_gen_gvec_cmp(tcg_ctx, TCG_COND_GT, MO_8 + b - 0x64, to, to, from, 16, 16);
        return true;
    default:
        return false;
    }
    operation(tcg_ctx, element, to, to, from, 16, 16);
    return true;
}
