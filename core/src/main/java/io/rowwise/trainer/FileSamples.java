package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.kernel.Scratch;
import io.rowwise.kernel.Targets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows that lie in a file, block by block. On the CPU they are computed on where the file is
 * mapped; elsewhere as many blocks as fit into a half of the device's memory stay there, and the
 * others are brought each time they are used.
 *
 * <p>What is over rows of several blocks is the mean of the blocks by their weight; a few rows,
 * such as a batch, are put together first, so that they give the very numbers that they would in
 * memory.
 */
final class FileSamples implements Samples {
  /** Of the rows that are put together: 16 MB. */
  private static final long MOST_GATHERED = 1 << 24;

  /** So many fit onto a device: half of it is for blocks that stay, and solvers need room, too. */
  private static final int BLOCKS_ON_DEVICE = 16;

  /** Blocks of so many rows begin at lines of the caches. */
  private static final int ROWS_ALIGNED = 64;

  private final Backend backend;
  private final RowFile file;
  private final int classes;
  private final int blockRows;
  private final List<RowBlock> blocks = new ArrayList<>();
  private final LinearKernels kernels;
  private final Scratch gatheredX;
  private final Scratch gatheredLabels;
  private final Scratch gatheredWeights;
  private final RowParts parts;

  /**
   * Maps a file, which is to be open meanwhile, and no longer.
   *
   * @param blockBytes of a block, at most
   */
  FileSamples(Backend backend, RowFile file, int classes, long blockBytes) throws IOException {
    this.backend = backend;
    this.file = file;
    this.classes = classes;
    long most = Math.min(blockBytes, backend.device().memoryBytes() / BLOCKS_ON_DEVICE);
    long rows = Math.min(file.rows(), Math.max(1, most / file.rowBytes()));
    this.blockRows = (int) (rows < ROWS_ALIGNED ? rows : rows / ROWS_ALIGNED * ROWS_ALIGNED);
    this.kernels = new LinearKernels(backend);
    this.gatheredX = new Scratch(backend);
    this.gatheredLabels = new Scratch(backend);
    this.gatheredWeights = new Scratch(backend);
    this.parts = new RowParts(backend, (from, to) -> Math.min(to, block(from).end()), this::weight);
    boolean isWhole = false;
    try {
      for (long first = 0; first < file.rows(); first += blockRows) {
        int count = (int) Math.min(blockRows, file.rows() - first);
        blocks.add(new RowBlock(backend, file, (int) first, count));
      }
      holdSome();
      isWhole = true;
    } finally {
      if (!isWhole) {
        close();
      }
    }
  }

  /** Where memory is the CPU's own this takes none, and all of them are held. */
  private void holdSome() {
    long most = backend.device().memoryBytes() / 2;
    for (RowBlock block : blocks) {
      try {
        block.hold();
      } catch (OutOfDeviceMemoryException e) {
        return;
      }
      if (backend.openBytes() > most) {
        block.release();
        return;
      }
    }
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public ElementType type() {
    return file.type();
  }

  @Override
  public int count() {
    return file.rows();
  }

  @Override
  public int features() {
    return file.features();
  }

  @Override
  public int classes() {
    return classes;
  }

  private RowBlock block(int row) {
    return blocks.get(row / blockRows);
  }

  @Override
  public void crossEntropy(int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    if (to > block(from).end()
        && (to - from) * file.rowBytes() <= MOST_GATHERED
        && to - from <= blockRows) {
      gather(from, to, parameters, loss, gradient);
      return;
    }
    parts.crossEntropy(
        from,
        to,
        loss,
        gradient,
        (first, end, lossOfPart, gradientOfPart) ->
            block(first)
                .use(
                    first,
                    end,
                    (x, targets) ->
                        kernels.crossEntropy(x, targets, parameters, lossOfPart, gradientOfPart)));
  }

  private void gather(int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    Matrix x = gatheredX.get(type(), to - from, features());
    Matrix labels = gatheredLabels.get(type(), to - from, 1);
    Matrix weights = file.hasWeights() ? gatheredWeights.get(type(), to - from, 1) : null;
    parts.each(
        from,
        to,
        (first, end) ->
            block(first)
                .use(
                    first,
                    end,
                    (part, targets) -> {
                      backend.copy(part, x.rows(first - from, end - from));
                      backend.copy(targets.values(), labels.rows(first - from, end - from));
                      if (weights != null) {
                        backend.copy(targets.weights(), weights.rows(first - from, end - from));
                      }
                    }));
    Targets targets = Targets.ofClasses(labels);
    kernels.crossEntropy(
        x, weights == null ? targets : targets.weights(weights), parameters, loss, gradient);
  }

  private double weight(int from, int to) {
    if (!file.hasWeights()) {
      return to - from;
    }
    double sum = 0;
    for (int row = from; row < to; row++) {
      sum += block(row).weight(row);
    }
    return sum;
  }

  @Override
  public double crossEntropy(Matrix parameters) {
    double[] loss = new double[1];
    return parts.mean(
        0,
        count(),
        (first, end) -> {
          block(first)
              .use(
                  first,
                  end,
                  (x, targets) -> loss[0] = kernels.crossEntropy(x, targets, parameters));
          return loss[0];
        });
  }

  @Override
  public void addMoments(int from, int to, Matrix parameters, FeatureMoments moments) {
    parts.each(
        from,
        to,
        (first, end) ->
            block(first).use(first, end, (x, targets) -> moments.add(x, targets, parameters)));
  }

  @Override
  public double[] logits(Matrix parameters) {
    double[] logits = new double[Math.multiplyExact(count(), classes)];
    parts.each(
        0,
        count(),
        (first, end) ->
            block(first)
                .use(
                    first,
                    end,
                    (x, targets) -> {
                      double[] part = kernels.logits(x, parameters);
                      System.arraycopy(part, 0, logits, first * classes, part.length);
                    }));
    return logits;
  }

  @Override
  public int[] labels() {
    int[] labels = new int[count()];
    for (int row = 0; row < labels.length; row++) {
      labels[row] = block(row).label(row);
    }
    return labels;
  }

  @Override
  public double[] weights() {
    if (!file.hasWeights()) {
      return null;
    }
    double[] weights = new double[count()];
    for (int row = 0; row < weights.length; row++) {
      weights[row] = block(row).weight(row);
    }
    return weights;
  }

  @Override
  public void close() {
    blocks.forEach(RowBlock::close);
    kernels.close();
    gatheredX.close();
    gatheredLabels.close();
    gatheredWeights.close();
    parts.close();
  }
}
