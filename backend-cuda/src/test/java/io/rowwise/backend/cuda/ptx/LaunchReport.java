package io.rowwise.backend.cuda.ptx;

/**
 * What a launch did.
 *
 * @param instructions instructions that threads executed, those whose guard was false not counted
 * @param bytesRead bytes read from global memory; each read of a byte counts
 * @param bytesWritten bytes written to global memory; each write of a byte counts
 * @param barriers block-wide barriers that blocks passed
 */
public record LaunchReport(long instructions, long bytesRead, long bytesWritten, long barriers) {}
