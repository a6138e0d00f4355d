package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.Locale;

/**
 * Steps of gradient descent: two products, and one pass over the logits between them. Programs do
 * not use it.
 */
public final class CpuTraining implements AutoCloseable {
  private static final int MOST_GRADIENTS = Integer.MAX_VALUE - 8;

  private final Workers workers;
  private final LinearLogits logits;
  private final Rows[] blocks;
  private final Workers.Work slabs = this::findGradient;
  private final Workers.Work features = this::descend;
  private final double[] result = new double[1];
  private double[] losses = new double[0];
  private double[] biasGradients = new double[0];
  private double[] biasValues = new double[0];

  // Of the batch at hand.
  private Matrix x;
  private Matrix targets;
  private Matrix weights;
  private int classes;
  private int first;
  private int rows;
  private int slabRows;
  private int featuresAtOnce;
  private double rate;

  /**
   * @param backend whose memory it takes
   * @param workers share it
   */
  public CpuTraining(Backend backend, Workers workers) {
    this.workers = workers;
    this.logits = new LinearLogits(backend, workers.count());
    this.blocks = new Rows[workers.count()];
  }

  private void begin(Matrix newX, Matrix newTargets, Matrix newWeights, double newRate) {
    x = newX;
    targets = newTargets;
    weights = newWeights;
    classes = weights.columns();
    rate = newRate;
  }

  /** One batch: the rows {@code first} to {@code first + rows - 1}. Returns its cross-entropy. */
  private double step(int firstRow, int rowCount, Matrix bias) {
    first = firstRow;
    rows = rowCount;
    slabRows =
        Math.max(
            LinearLogits.slabRows(rows, x.columns(), classes),
            // The slabs' gradients of the bias are in one array.
            Parts.count(rows, Math.max(1, MOST_GRADIENTS / Math.max(1, classes))));
    int slabCount = Parts.count(rows, slabRows);
    if (losses.length < slabCount || biasGradients.length < (long) slabCount * classes) {
      losses = new double[slabCount];
      biasGradients = new double[gradients(slabCount)];
    }
    if (biasValues.length != classes) {
      biasValues = new double[classes];
    }
    logits.prepare(x, weights, bias, (long) rows * classes);
    workers.share(slabCount, LinearLogits.nanoseconds(rows, x.columns(), classes), slabs);
    if (x.columns() > 0) {
      featuresAtOnce = LinearLogits.featuresAtOnce(rows, x.columns(), classes);
      workers.share(
          Parts.count(x.columns(), featuresAtOnce),
          LinearLogits.productNanoseconds(rows, x.columns(), classes),
          features);
    }
    double loss = losses[0];
    for (int slab = 1; slab < slabCount; slab++) {
      loss += losses[slab];
      for (int j = 0; j < classes; j++) {
        biasGradients[j] += biasGradients[slab * classes + j];
      }
    }
    for (int j = 0; j < classes; j++) {
      biasValues[j] = Math.fma(-rate, biasGradients[j], logits.biasValues()[j]);
    }
    CpuStorage.storeRows(biasValues, bias, 0, 1);
    return loss / rows;
  }

  private int gradients(int slabCount) {
    long count = (long) slabCount * classes;
    if (count > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "training: a batch of %d rows of %d classes needs %d gradients, more than an array"
                  + " holds; use a smaller batch",
              rows,
              classes,
              count));
    }
    return (int) count;
  }

  private void findGradient(int slab, int worker) {
    Rows block = Rows.of(x.type(), classes, blocks[worker]);
    blocks[worker] = block;
    block.takeBias(logits.biasValues());
    block.clearColumnSums();
    int firstOfSlab = slab * slabRows;
    int inSlab = Math.min(slabRows, rows - firstOfSlab);
    long leadingDimension = logits.byClass() ? rows : classes;
    long position = logits.byClass() ? firstOfSlab : (long) firstOfSlab * classes;
    logits.compute(x, first + firstOfSlab, inSlab, weights, position, leadingDimension, worker);
    double loss = 0;
    for (int from = 0; from < inSlab; from += block.capacity()) {
      int count = Math.min(block.capacity(), inSlab - from);
      logits.load(block, position, leadingDimension, from, count);
      block.loadTargets(targets, first + firstOfSlab + from);
      block.normalize();
      loss += block.crossEntropy();
      block.toGradient(rows);
      logits.replace(block, position, leadingDimension, from);
      block.addToColumnSums();
    }
    block.copyColumnSums(biasGradients, slab * classes);
    losses[slab] = loss;
  }

  private void descend(int part, int worker) {
    int firstFeature = part * featuresAtOnce;
    logits.descend(
        x,
        first,
        rows,
        firstFeature,
        Math.min(featuresAtOnce, x.columns() - firstFeature),
        rate,
        weights,
        logits.byClass() ? rows : classes,
        worker);
  }

  private void end(double loss, Matrix into) {
    x = null;
    targets = null;
    weights = null;
    result[0] = loss;
    CpuStorage.storeRows(result, into, 0, 1);
  }

  /** As a kernel for one step. */
  public TrainingStep asStep() {
    return new TrainingStep() {
      @Override
      public void apply(
          Matrix x, Matrix targets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
        begin(x, targets, weights, learningRate);
        end(step(0, x.rows(), bias), loss);
      }

      @Override
      public void close() {
        CpuTraining.this.close();
      }
    };
  }

  /** As a kernel for an epoch. */
  public TrainingEpoch asEpoch() {
    return new TrainingEpoch() {
      @Override
      public void apply(
          Matrix x,
          Matrix targets,
          int batchRows,
          double learningRate,
          Matrix weights,
          Matrix bias,
          Matrix loss) {
        begin(x, targets, weights, learningRate);
        // The batches come one after the other, however short each is.
        int features = x.columns();
        workers.prepare(
            LinearLogits.nanoseconds(Math.min(batchRows, x.rows()), features, classes),
            LinearLogits.nanoseconds(x.rows(), features, classes));
        double sum = 0;
        int batches = 0;
        for (long from = 0; from < x.rows(); from += batchRows) {
          sum += step((int) from, (int) Math.min(batchRows, x.rows() - from), bias);
          batches++;
        }
        end(sum / batches, loss);
      }

      @Override
      public void close() {
        CpuTraining.this.close();
      }
    };
  }

  @Override
  public void close() {
    logits.close();
  }
}
