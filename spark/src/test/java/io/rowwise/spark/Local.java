package io.rowwise.spark;

import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One session of two threads for all tests of this JVM, closed behind the last of them. */
final class Local implements BeforeAllCallback {
  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(Local.class);

  static SparkSession spark() {
    return SparkSession.builder()
        .master("local[2]")
        .appName("rowwise")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 2)
        .getOrCreate();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(HERE)
        .getOrComputeIfAbsent(Local.class, key -> new Session(spark()), Session.class);
  }

  /** Closed by JUnit with the root's store. */
  private record Session(SparkSession spark) implements ExtensionContext.Store.CloseableResource {
    @Override
    public void close() {
      spark.stop();
    }
  }
}
