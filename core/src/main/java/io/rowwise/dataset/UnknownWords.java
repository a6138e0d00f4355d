package io.rowwise.dataset;

/** What stands for a word that a column did not have when its encoding was made. */
public enum UnknownWords {
  /** Nothing: such a word is an error. */
  ERROR,

  /** A 0 for each word that is known. */
  ZEROS
}
