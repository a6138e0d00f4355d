package io.rowwise.backend.cpu.nd4j;

import io.rowwise.backend.cpu.blas.Blas;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.nd4j.common.config.ND4JSystemProperties;
import org.nd4j.linalg.factory.Nd4j;

/**
 * ND4J's start, quiet and without harm to a CPU backend that is open. It can be loaded without
 * ND4J. Programs do not use it.
 */
public final class Nd4jStart {
  private static boolean started;

  private Nd4jStart() {}

  /**
   * Starts ND4J, unless it was started here before; where that fails, the next call tries again.
   *
   * @throws LinkageError if ND4J is not on the class path, or has no native library for this
   *     platform
   */
  public static synchronized void start() {
    if (!started) {
      // ND4J logs eight lines about itself at INFO and looks for other versions of itself, unless
      // told otherwise before its first class is loaded.
      setUnlessSet(ND4JSystemProperties.LOG_INITIALIZATION, "false");
      setUnlessSet(ND4JSystemProperties.VERSION_CHECK_PROPERTY, "false");
      Nd4j.getBackend();
      // Starting, it gave its OpenBLAS as many as there are processors.
      Blas.keepOneThread();
      started = true;
    }
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /** ND4J's version, for descriptions; found without any class of ND4J's, which is not started. */
  public static String version() {
    Properties maven = new Properties();
    try (InputStream in =
        Nd4jStart.class.getResourceAsStream("/META-INF/maven/org.nd4j/nd4j-api/pom.properties")) {
      if (in == null) {
        return "not found";
      }
      maven.load(in);
    } catch (IOException e) {
      // Only a detail of a description: unknown, then.
      maven.clear();
    }
    return maven.getProperty("version", "of an unknown version");
  }
}
