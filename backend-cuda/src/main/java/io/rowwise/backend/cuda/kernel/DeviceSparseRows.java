package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;

/**
 * Rows of which only the values that are not 0 are kept, in device memory.
 *
 * @param type of the values
 * @param rows how many
 * @param starts the address of {@code rows + 1} integers of 32 bits: where each row's values begin
 * @param columns the address of as many such integers as there are values
 * @param values the address of the values
 */
public record DeviceSparseRows(
    ElementType type, int rows, long starts, long columns, long values) {}
