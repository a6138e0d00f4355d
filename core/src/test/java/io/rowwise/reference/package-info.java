/** The values that NumPy, scikit-learn and PyTorch computed, for the tests to be compared with. */
package io.rowwise.reference;
