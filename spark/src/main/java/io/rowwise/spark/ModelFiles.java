package io.rowwise.spark;

import io.rowwise.model.SoftmaxModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;

/**
 * A saved {@link RowwiseModel}: a folder with Spark ML's {@code metadata}, and {@code
 * model.safetensors}, on any file system of Hadoop's.
 */
final class ModelFiles {
  private static final String FILE = "model.safetensors";

  private ModelFiles() {}

  /** Writes one. */
  static final class Writer extends MLWriter {
    private final RowwiseModel model;

    Writer(RowwiseModel model) {
      this.model = model;
    }

    @Override
    public void saveImpl(String folder) {
      DefaultParamsWriter.saveMetadata(model, folder, sparkSession());
      Path path = new Path(folder, FILE);
      try (OutputStream out = fileSystem(path).create(path, false)) {
        model.toSoftmaxModel().save(out);
      } catch (IOException e) {
        throw new UncheckedIOException("saving " + path + " failed: " + e.getMessage(), e);
      }
    }

    private FileSystem fileSystem(Path path) throws IOException {
      return path.getFileSystem(sparkSession().sessionState().newHadoopConf());
    }
  }

  /** Reads one. */
  static final class Reader extends MLReader<RowwiseModel> {
    @Override
    public RowwiseModel load(String folder) {
      DefaultParamsReader.Metadata metadata =
          DefaultParamsReader.loadMetadata(folder, sparkSession(), RowwiseModel.class.getName());
      Path path = new Path(folder, FILE);
      SoftmaxModel softmax;
      try (InputStream in =
          path.getFileSystem(sparkSession().sessionState().newHadoopConf()).open(path)) {
        softmax = SoftmaxModel.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException("loading " + path + " failed: " + e.getMessage(), e);
      }
      RowwiseModel model = new RowwiseModel(metadata.uid(), softmax, null);
      metadata.getAndSetParams(model, metadata.getAndSetParams$default$2());
      return model;
    }
  }
}
