/**
 * The teaching notebook's whole run: the same data, the same starting parameters, the same training
 * by PyTorch and by Rowwise, and how far the two are apart.
 */
package io.rowwise.benchmarks.notebook;
