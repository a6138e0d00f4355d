package io.rowwise.backend.cuda.interpreter;

import java.util.BitSet;

/**
 * What a launch did.
 *
 * @param instructions instructions that threads executed, those whose guard was false not counted
 * @param bytesRead bytes read from global memory; each read of a byte counts
 * @param bytesWritten bytes written to global memory; each write of a byte counts
 * @param accesses loads, stores and atomic operations of threads in global memory, of whatever
 *     width
 * @param barriers block-wide barriers that blocks passed
 * @param lines the lines of the PTX text, counted from 1, whose instruction some thread executed
 */
public record LaunchReport(
    long instructions,
    long bytesRead,
    long bytesWritten,
    long accesses,
    long barriers,
    BitSet lines) {}
