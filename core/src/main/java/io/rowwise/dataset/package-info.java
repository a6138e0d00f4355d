/**
 * Data sets on the host: tables of numbers and words, with their labels, and how they become
 * numbers; comma-separated values, IDX files and NumPy's {@code .npy} files; scikit-learn's {@code
 * make_classification}, the split into training and validation rows, and one-hot encoding. Nothing
 * here needs a backend.
 */
package io.rowwise.dataset;
