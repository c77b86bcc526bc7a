import Layers
import Models
import TensorCore
import VisionTasks

/// Deep supervision (Lee et al., "Deeply-supervised nets", 2015) that leads to verdicts: one map on
/// the way up is to tell where the thing asked for is, and a later one whether it is anywhere.
///
/// Both are read by probes that only training has. One bit painted over a whole picture hardly tells
/// a network where to look: without this, verdicts stayed at chance.
package final class Grounding {
  /// Of the probes.
  package let parameters: ParameterList
  private let place: Probe
  private let presence: Probe
  private let weight: Float
  private let examples: [TrainingExample]
  private let cells: ThingCells

  /// Reads one number off every cell of a map.
  private struct Probe {
    private let norm: LayerNorm
    private let output: Convolution

    init(_ scope: WeightScope, channels: Int) {
      norm = LayerNorm(scope.child("norm"), width: channels)
      output = Convolution(
        scope.child("conv_out"), inputs: channels, outputs: 1, size: 1, initial: .zeros)
    }

    func callAsFunction(_ map: Tensor) -> Tensor { output(norm(map)) }
  }

  /// - Parameters:
  ///   - weight: of both losses, beside 1 for that of the prediction.
  ///   - pictureSize: side of the pictures that the latents are of.
  package init(
    weight: Double, examples: [TrainingExample], pictureSize: Int, unet: UNetConfiguration,
    seed: UInt64
  ) throws {
    self.weight = Float(weight)
    self.examples = examples
    cells = ThingCells(pictureSize: pictureSize)
    let loader = WeightLoader(.random(seed: seed), purpose: .training)
    let root = loader.root.child("grounding")
    let fine = unet.levels[0].width
    place = Probe(root.child("place"), channels: unet.levels.dropFirst().first?.width ?? fine)
    presence = Probe(root.child("presence"), channels: fine)
    parameters = try loader.finish()
  }

  /// The weighted mean over the batch of both squared errors, between -1 for no and 1 for yes. Where
  /// the place or the verdict of a sample isn't known, its error is 0.
  ///
  /// - Parameters:
  ///   - evaluation: of the samples of a batch.
  ///   - indices: their examples.
  ///   - isWhole: whether a sample kept its instruction and its picture; others don't count.
  /// - Returns: `[1]`.
  package func loss(
    of evaluation: UNet.Evaluation, examples indices: [Int], isMirrored: [Bool], isWhole: [Bool],
    reporting losses: inout GroupedLosses
  ) throws -> Tensor {
    let places = place(evaluation.coarse)
    let presences = presence(evaluation.fine)
    let (height, width) = (places.shape[1], places.shape[2])
    let presenceCount = presences.shape[1] * presences.shape[2]
    var (placeTargets, presenceTargets): ([Float], [Float]) = ([], [])
    var (hasPlace, hasVerdict): ([Bool], [Bool]) = ([], [])
    for (sample, index) in indices.enumerated() {
      let example = examples[index]
      let covered = try cells.covered(
        by: example.thingMaskPath, height: height, width: width, isMirrored: isMirrored[sample])
      placeTargets += covered.map { $0 ? 1 : -1 }
      presenceTargets += repeatElement(example.verdict == true ? 1 : -1, count: presenceCount)
      let isAbsent = example.verdict == false
      hasPlace.append(isWhole[sample] && (isAbsent || example.thingMaskPath != nil))
      hasVerdict.append(isWhole[sample] && example.verdict != nil)
    }
    let placeLoss = Self.loss(
      places, Tensor(placeTargets, shape: places.shape), counting: hasPlace)
    let presenceLoss = Self.loss(
      presences, Tensor(presenceTargets, shape: presences.shape), counting: hasVerdict)
    report("place", placeLoss, of: hasPlace, to: &losses)
    report("presence", presenceLoss, of: hasVerdict, to: &losses)
    return (placeLoss + presenceLoss) * weight
  }

  private static func loss(_ map: Tensor, _ target: Tensor, counting: [Bool]) -> Tensor {
    Tensor.meanSquaredError(map, target, sampleWeights: counting.map { $0 ? 1 : 0 })
  }

  private func report(
    _ name: String, _ loss: Tensor, of counting: [Bool], to losses: inout GroupedLosses
  ) {
    losses.add(
      name, sum: Double(loss.floats[0]) * Double(counting.count),
      count: counting.filter { $0 }.count)
  }
}
