package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.contract.ReferenceBackend;

/** On a backend that copies what it is to compute on. */
final class StreamTrainingTest extends StreamTrainingContract {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
