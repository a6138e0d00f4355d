package io.rowwise.backend.cuda;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Work on another stream than the calling thread's. */
final class OtherStream {
  private static final int STREAMS = 16;

  private OtherStream() {}

  /** Does something on another thread, which has another stream, and waits for the thread. */
  static void elsewhere(Runnable work) throws InterruptedException, ExecutionException {
    FutureTask<Void> task = new FutureTask<>(work, null);
    Thread thread = new Thread(task);
    while ((thread.getId() - Thread.currentThread().getId()) % STREAMS == 0) {
      thread = new Thread(task);
    }
    thread.start();
    task.get();
  }
}
