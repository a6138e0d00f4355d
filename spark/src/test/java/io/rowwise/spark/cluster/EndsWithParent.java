package io.rowwise.spark.cluster;

import java.io.IOException;

/**
 * A Java agent that ends its process when the one that started it ends, which is the end of
 * standard input: so a build that is killed leaves no process behind. Executors have it too, whose
 * parent is their worker.
 */
public final class EndsWithParent implements Runnable {
  private EndsWithParent() {}

  /** Called by the JVM before the program's main. */
  public static void premain(String arguments) {
    Thread thread = new Thread(new EndsWithParent(), "ends-with-parent");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void run() {
    try {
      while (System.in.read() >= 0) {
        // Nobody writes there.
      }
    } catch (IOException e) {
      System.err.println("standard input: " + e);
    }
    // Hooks of a process that has lost its cluster wait for answers that do not come.
    Runtime.getRuntime().halt(1);
  }
}
