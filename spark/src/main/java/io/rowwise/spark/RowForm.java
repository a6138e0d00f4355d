package io.rowwise.spark;

import io.rowwise.backend.ElementType;
import java.io.Serializable;

/**
 * What all rows of a data set are like.
 *
 * @param type that they are computed in
 * @param isSparse whether their zeros are left out
 * @param hasWeights whether each counts for itself; else all count once
 */
record RowForm(ElementType type, int features, boolean isSparse, boolean hasWeights)
    implements Serializable {}
