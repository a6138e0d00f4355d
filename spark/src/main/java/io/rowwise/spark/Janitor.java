package io.rowwise.spark;

import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread that frees what tasks of this JVM have left and nobody uses any more: what has
 * been idle for long, and, once Spark has stopped here, all of it. It is there while there is
 * something to look after, and ends by itself.
 */
final class Janitor implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Janitor.class);
  private static final long PAUSE = TimeUnit.SECONDS.toMillis(2);

  private static Thread thread;

  private Janitor() {}

  /** Called after there is something to look after. */
  static synchronized void begin() {
    if (thread == null) {
      thread = new Thread(null, new Janitor(), "rowwise-spark-janitor", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      thread.start();
    }
  }

  @Override
  public void run() {
    while (true) {
      try {
        Thread.sleep(PAUSE);
        if (isDone()) {
          return;
        }
      } catch (InterruptedException e) {
        // Nobody has this thread to interrupt it; the loop goes on.
        LOG.debug("interrupted", e);
      } catch (Throwable e) {
        LOG.warn("freeing what fits have left failed; it is tried again", e);
      }
    }
  }

  private static synchronized boolean isDone() {
    boolean isOver = SparkEnv.get() == null;
    boolean anyLease = FitLease.closeIdle(isOver);
    boolean anyBackend = ExecutorBackend.closeIdle(isOver);
    if (anyLease || anyBackend) {
      return false;
    }
    thread = null;
    return true;
  }
}
