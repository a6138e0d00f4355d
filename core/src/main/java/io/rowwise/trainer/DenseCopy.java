package io.rowwise.trainer;

import io.rowwise.dataset.TableEncoding;
import java.io.IOException;

/** Rows with all of their features, those that are held out in a file of their own. */
final class DenseCopy implements CopiedRows {
  private final Request request;
  private final RowPlaces places;
  private final RowFile train;
  private final RowFile kept;

  /** Reads and writes them. */
  DenseCopy(Request request) throws IOException {
    this.request = request;
    this.places = request.places();
    RowFile heldOut = null;
    boolean isWhole = false;
    this.train = file(places.trained(), request.weight() != null);
    try {
      heldOut =
          places.heldOut() == 0 ? null : file(places.heldOut(), request.heldOutWeight() != null);
      copy(heldOut);
      train.writeTargets(
          place -> request.label().applyAsDouble(places.trainedRow(place)),
          place -> request.weight().applyAsDouble(places.trainedRow(place)));
      if (heldOut != null) {
        heldOut.writeTargets(
            place -> request.label().applyAsDouble(places.heldOutRow(place)),
            place -> request.heldOutWeight().applyAsDouble(places.heldOutRow(place)));
      }
      isWhole = true;
    } finally {
      this.kept = heldOut;
      if (!isWhole) {
        close();
      }
    }
  }

  private RowFile file(int rows, boolean hasWeights) throws IOException {
    TableEncoding encoding = request.encoding();
    return new RowFile(
        request.space().folder(), request.type(), rows, encoding.features(), hasWeights);
  }

  private void copy(RowFile heldOut) throws IOException {
    EncodedRows.read(
        request.rows(),
        request.encoding(),
        places.rows(),
        request.copying(),
        (first, encoded, count) -> {
          if (request.standardization() != null) {
            request.standardization().apply(encoded, count);
          }
          if (places.areAllTrained()) {
            train.write(first, encoded, 0, count);
            return;
          }
          for (int i = 0; i < count; i++) {
            int place = places.of(first + i);
            if (places.isHeldOut(first + i)) {
              heldOut.write(place - places.trained(), encoded, i, 1);
            } else if (place >= 0) {
              train.write(place, encoded, i, 1);
            }
          }
        });
  }

  private Samples samples(RowFile file) throws IOException {
    return new FileSamples(
        request.backend(), file, request.classes(), request.space().blockBytes());
  }

  @Override
  public Samples trained() throws IOException {
    return samples(train);
  }

  @Override
  public Samples heldOut() throws IOException {
    return kept == null ? null : samples(kept);
  }

  @Override
  public void close() throws IOException {
    try {
      train.close();
    } finally {
      if (kept != null) {
        kept.close();
      }
    }
  }
}
