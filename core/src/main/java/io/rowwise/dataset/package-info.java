/**
 * Data sets on the host: scikit-learn's {@code make_classification}, the split into training and
 * validation rows, one-hot encoding, and NumPy's {@code .npy} files. Nothing here needs a backend.
 */
package io.rowwise.dataset;
