import Diffusion
import Foundation
import Layers
import Models
import Platform
import TensorCore

/// What one answer will cost: counted from the model's sizes, before any weight is read.
public struct AnswerEstimate: Sendable {
  public let working: WorkingSize
  /// Evaluations of the UNet for one picture.
  public let passCount: Int
  /// Multiplications and additions, 2 for each pair.
  public let operationCount: Double
  /// Weights in the precision that they are kept in and the maps that live at one time, in strips and
  /// branch by branch where that is how a large picture is worked on.
  public let byteCount: Int

  /// - Throws: ``ReportableError`` for settings that can't be worked with.
  public init(
    _ outline: ModelOutline, settings: AnswerSettings, width: Int, height: Int
  ) throws {
    working = try settings.pictureFraming(
      width: width, height: height, multiple: outline.sizeMultiple
    ).working
    let branches = try settings.guidanceFormula().passCount
    passCount = try settings.passCount()
    let unet = try UNet(outline.unet, weights: .shapesOnly, purpose: .training).parameters
    let autoencoder = try Autoencoder(
      outline.autoencoder, weights: .shapesOnly, purpose: .training
    ).parameters
    let text = try TextEncoder(outline.textEncoder, weights: .shapesOnly, purpose: .training)
      .parameters
    let tokens = Double(outline.textEncoder.positionCount)
    let pixels = Double(working.width * working.height)
    let latents = pixels / Double(outline.autoencoder.reduction * outline.autoencoder.reduction)
    let unetPass = Self.operations(
      unet, positions: latents, levelCount: outline.unet.levels.count, tokens: tokens)
    let framePass = Self.operations(
      autoencoder, positions: pixels, levelCount: outline.autoencoder.widths.count, tokens: 0)
    operationCount =
      Double(passCount) * unetPass + framePass
      + Double(branches) * 2 * tokens * Double(text.scalarCount)
    let weights = unet.scalarCount + autoencoder.scalarCount + text.scalarCount
    let frames = outline.autoencoder.peakByteCount(pixelCount: working.width * working.height)
    let samples = min(
      branches, outline.unet.samplesAtATime(latentPixelCount: Int(latents)))
    let maps = samples * outline.unet.mapByteCount(latentPixelCount: Int(latents))
    // The picture before and after, as the model sees it and as a result, three channels each.
    let pictures = 4 * 4 * 3 * working.width * working.height
    let weightByteCount =
      switch settings.precision {
      case .fp32: 4 * weights
      case .bf16: 2 * weights
      case .int8: weights
      }
    byteCount = weightByteCount + max(frames, maps) + pictures
  }

  /// Every weight of a matrix or kernel counts once for each position that it is applied to;
  /// attention adds its two products over all pairs of positions.
  private static func operations(
    _ parameters: ParameterList, positions: Double, levelCount: Int, tokens: Double
  ) -> Double {
    var sum = 0.0
    for entry in parameters.entries where entry.storedShape.count > 1 {
      let name = entry.name
      let level = level(of: name, levelCount: levelCount)
      var applied = positions / pow(4, Double(level))
      if name.contains("time_emb") { applied = 1 }
      if name.contains("attn2.to_k") || name.contains("attn2.to_v") { applied = tokens }
      sum += 2 * Double(entry.scalarCount) * applied
      if name.hasSuffix("to_q.weight") {
        let others = name.contains("attn2") ? tokens : applied
        sum += 4 * applied * others * Double(entry.storedShape[0])
      }
    }
    return sum
  }

  /// The resolution, 0 the finest, at which the tensor called `name` works.
  private static func level(of name: String, levelCount: Int) -> Int {
    let coarsest = levelCount - 1
    let parts = name.split(separator: ".")
    for (index, part) in parts.dropLast().enumerated() {
      guard let number = Int(parts[index + 1]) else { continue }
      if part == "down_blocks" {
        return min(coarsest, name.contains("downsamplers") ? number + 1 : number)
      }
      if part == "up_blocks" {
        return max(0, coarsest - number - (name.contains("upsamplers") ? 1 : 0))
      }
    }
    if name.contains("mid_block") || name.contains("quant_conv") { return coarsest }
    // An autoencoder's narrow ends.
    if name == "encoder.conv_out.weight" || name == "decoder.conv_in.weight" { return coarsest }
    return 0
  }

  /// Refuses what would only drive the machine out of its memory.
  ///
  /// - Throws: ``ReportableError`` (`usage`) when the answer needs more than `memoryByteCount`.
  public func check(
    fits memoryByteCount: Int = Int(clamping: ProcessInfo.processInfo.physicalMemory)
  ) throws {
    guard byteCount > memoryByteCount else { return }
    func gigabytes(_ count: Int) -> String { String(format: "%.1f GB", Double(count) / 1e9) }
    throw ReportableError(
      .usage,
      "an answer worked on at \(working.width)x\(working.height) needs "
        + "\(gigabytes(byteCount)) of memory, this machine has \(gigabytes(memoryByteCount)); "
        + "choose a smaller --resolution")
  }

  /// Seconds at the rate of a matrix product that is timed for a moment on this machine.
  public func secondsAtProductRate() -> Double {
    let side = 512
    let matrix = PackedMatrix(Tensor.zeros([side, side]))
    let rows = Tensor.zeros([side, side])
    let perProduct = 2 * Double(side * side * side)
    _ = rows.linear(.packed(matrix), bias: nil)
    let clock = ContinuousClock()
    let start = clock.now
    var count = 0.0
    repeat {
      _ = rows.linear(.packed(matrix), bias: nil)
      count += 1
    } while clock.now - start < .milliseconds(60)
    let rate = count * perProduct / ((clock.now - start) / .seconds(1))
    return operationCount / rate
  }
}
