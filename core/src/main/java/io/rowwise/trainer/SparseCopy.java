package io.rowwise.trainer;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Targets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;

/**
 * Rows without their zeros, those that are held out in a file of their own. Where their order is
 * not that in which they are read, they are copied to it from a first file, which takes as much
 * room meanwhile. Their classes and weights are on the backend.
 */
final class SparseCopy implements CopiedRows {
  /** That are in memory at once: 6 MB, unless features are more, each of which a part costs. */
  private static final int MOST_VALUES = 1 << 19;

  private static final int BYTES_OF_VALUE = Integer.BYTES + Double.BYTES;
  private static final int TARGETS_AT_ONCE = 1 << 16;

  private final Request request;
  private final RowPlaces places;
  private final SparseRowFile train;
  private final SparseRowFile kept;
  private final List<Matrix> matrices = new ArrayList<>();

  /**
   * Reads and writes them.
   *
   * @param values that are not 0, at most
   */
  SparseCopy(Request request, long values) throws IOException {
    this.request = request;
    this.places = request.places();
    SparseRowFile asRead = asRead(values);
    if (places.areAllTrained()) {
      this.train = asRead;
      this.kept = null;
      return;
    }
    Path folder = request.space().folder();
    SparseRowFile trained = null;
    SparseRowFile heldOut = null;
    boolean isWhole = false;
    try {
      try (asRead) {
        trained = asRead.inOrder(folder, places.orderOrNull(), this::tell);
        if (places.heldOut() > 0) {
          heldOut =
              asRead.inOrder(folder, places.heldOutOrNull(), done -> tell(places.trained() + done));
        }
      }
      isWhole = true;
    } finally {
      this.train = trained;
      this.kept = heldOut;
      if (!isWhole) {
        close();
      }
    }
  }

  private void tell(int rowsInOrder) {
    request.ordering().accept(rowsInOrder / (double) (places.trained() + places.heldOut()));
  }

  private SparseRowFile asRead(long values) throws IOException {
    int features = request.encoding().features();
    long most = Math.min(MOST_VALUES, request.space().blockBytes() / BYTES_OF_VALUE);
    SparseRowFile file =
        new SparseRowFile(
            request.space().folder(),
            places.rows(),
            features,
            values,
            (int) Math.max(most, features));
    boolean isWhole = false;
    try {
      EncodedRows.readSparse(
          request.rows(),
          request.encoding(),
          places.rows(),
          request.copying(),
          (first, rows) -> file.write(rows));
      isWhole = true;
      return file;
    } finally {
      if (!isWhole) {
        file.close();
      }
    }
  }

  @Override
  public Samples trained() {
    return samples(train.source(), places::trainedRow, request.weight());
  }

  @Override
  public Samples heldOut() {
    return kept == null
        ? null
        : samples(kept.source(), places::heldOutRow, request.heldOutWeight());
  }

  private Samples samples(SparseSource source, IntUnaryOperator row, IntToDoubleFunction weight) {
    int count = source.count();
    Targets targets =
        Targets.ofClasses(
            matrix(count, place -> request.label().applyAsDouble(row.applyAsInt(place))));
    if (weight != null) {
      targets =
          targets.weights(matrix(count, place -> weight.applyAsDouble(row.applyAsInt(place))));
    }
    return new SparseSamples(
        request.backend(),
        request.type(),
        source,
        targets,
        request.classes(),
        request.standardization());
  }

  private Matrix matrix(int rows, IntToDoubleFunction value) {
    Matrix matrix = request.backend().matrix(request.type(), rows, 1);
    matrices.add(matrix);
    for (int first = 0; first < rows; first += TARGETS_AT_ONCE) {
      double[] part = new double[Math.min(TARGETS_AT_ONCE, rows - first)];
      for (int i = 0; i < part.length; i++) {
        part[i] = value.applyAsDouble(first + i);
      }
      matrix.rows(first, first + part.length).write(part);
    }
    return matrix;
  }

  @Override
  public void close() throws IOException {
    matrices.forEach(Matrix::close);
    try {
      if (train != null) {
        train.close();
      }
    } finally {
      if (kept != null) {
        kept.close();
      }
    }
  }
}
