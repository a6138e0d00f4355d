package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.dataset.LabelledRows;
import io.rowwise.dataset.TableEncoding;
import java.io.IOException;
import java.util.function.DoubleConsumer;
import java.util.function.IntToDoubleFunction;

/** Rows that were read once more and lie in files, as numbers; closed by whoever made it. */
interface CopiedRows extends AutoCloseable {
  /**
   * What is to be copied, and how.
   *
   * @param standardization null if features stay as they are
   * @param label the class of a row
   * @param weight how much a row counts that is trained on; null if all count once
   * @param heldOutWeight how much a row counts that is held out; null if all count once
   * @param copying is told how much has been read, from 0 to 1
   * @param ordering is told how much has been put in order, from 0 to 1
   */
  record Request(
      Backend backend,
      ElementType type,
      DiskSpace space,
      LabelledRows rows,
      int classes,
      TableEncoding encoding,
      Standardization standardization,
      RowPlaces places,
      IntToDoubleFunction label,
      IntToDoubleFunction weight,
      IntToDoubleFunction heldOutWeight,
      DoubleConsumer copying,
      DoubleConsumer ordering) {}

  /** Those to train on, in their order, to be closed before this is. */
  Samples trained() throws IOException;

  /** Those that are held out, to be closed before this is; null if there are none. */
  Samples heldOut() throws IOException;

  @Override
  void close() throws IOException;
}
