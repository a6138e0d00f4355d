package io.rowwise.backend;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** One piece of memory, from the making of its matrix until it is freed, by whichever way. */
final class Allocation extends PhantomReference<Matrix> {
  private final Ledger ledger;
  private final Storage storage;
  private final long number;
  private final Shape shape;
  private final long bytes;
  private final Throwable madeAt;
  private final AtomicBoolean open = new AtomicBoolean(true);

  Allocation(
      Matrix matrix,
      ReferenceQueue<Object> queue,
      Ledger ledger,
      Storage storage,
      long number,
      Shape shape,
      long bytes,
      Throwable madeAt) {
    super(matrix, queue);
    this.ledger = ledger;
    this.storage = storage;
    this.number = number;
    this.shape = shape;
    this.bytes = bytes;
    this.madeAt = madeAt;
  }

  Storage storage() {
    return storage;
  }

  long number() {
    return number;
  }

  Shape shape() {
    return shape;
  }

  /** How many count in the backend's budget. */
  long bytes() {
    return bytes;
  }

  Throwable madeAt() {
    return madeAt;
  }

  boolean isOpen() {
    return open.get();
  }

  /** Frees the memory at the first call; tells whether this was the first. */
  boolean close() {
    if (!open.compareAndSet(true, false)) {
      return false;
    }
    try {
      storage.free();
    } finally {
      // Not before, so that nobody takes what is not there yet.
      ledger.closed(this);
    }
    return true;
  }
}
