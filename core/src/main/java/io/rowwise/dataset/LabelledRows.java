package io.rowwise.dataset;

import java.io.IOException;

/** Rows of features with a label for each and, where there are any, a weight. */
public sealed interface LabelledRows permits LabelledTable, LabelledStream {
  /** What the column of the labels is called. */
  String labelName();

  /**
   * Gives all rows, in one piece or in many; see {@link TableStream#read}. The classes of a piece
   * need not be those of the next.
   *
   * @throws CellException if a cell is not what is wanted there; its row is counted from the first
   *     of all
   * @throws IOException if the rows cannot be read
   */
  void read(TableStream.Visitor<LabelledTable> visitor) throws IOException;
}
