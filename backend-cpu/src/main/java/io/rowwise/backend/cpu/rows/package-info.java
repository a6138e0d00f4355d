/**
 * What becomes of rows of logits: powers and their sums, and the softmax, log-softmax,
 * cross-entropy and gradient that are made of them. {@link io.rowwise.backend.cpu.rows.RowForm}
 * says which form takes which columns. Programs do not use it.
 */
package io.rowwise.backend.cpu.rows;
