package io.rowwise.trainer;

import java.util.Locale;

/** What is done with rows that do not fit into memory before they are trained on. */
public enum Preparation {
  /** They are read for their classes, words and means. */
  READING,
  /** They are read for the means and deviations of their features. */
  STANDARDIZING,
  /** They are read and written as numbers. */
  COPYING,
  /** Those without their zeros are put in the order that was drawn, if there is one. */
  ORDERING;

  /** In small letters. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
