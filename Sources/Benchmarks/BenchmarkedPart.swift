import Platform

/// A part of an answer that is measured by itself.
public enum BenchmarkedPart: Hashable, Sendable {
  case textEncoder
  case encode
  /// The texts' keys and values for all attentions of the UNet: once for all steps of an answer.
  case context(batch: Int)
  /// What the timesteps add to the UNet's maps: once for all steps of an answer.
  case timeShifts
  /// One evaluation, which ``context(batch:)`` and ``timeShifts`` are no part of.
  case unet(batch: Int)
  case decode
  case answer

  /// What a benchmark measures when nothing is chosen; 3 is the batch of dual guidance.
  public static let usual: [BenchmarkedPart] = [
    .textEncoder, .encode, .unet(batch: 1), .unet(batch: 3), .decode, .answer,
  ]

  public static let namesText =
    "text-encoder, encode, context-N, time-shifts, unet-N (N samples, 1 to \(batchLimit)), decode, "
    + "answer"

  private static let batchLimit = 64

  /// - Throws: ``ReportableError`` (`usage`) for a name that is none of ``namesText``.
  public init(named name: String) throws {
    let batch = name.split(separator: "-").last.flatMap { Int($0) } ?? 1
    let parts = Self.usual + [.context(batch: batch), .timeShifts, .unet(batch: batch)]
    guard let part = parts.first(where: { $0.name == name }),
      (1...Self.batchLimit).contains(part.batch)
    else {
      throw ReportableError(
        .usage, "there is no part \(quoted(name)); the parts are \(Self.namesText)")
    }
    self = part
  }

  public var name: String {
    switch self {
    case .textEncoder: "text-encoder"
    case .encode: "encode"
    case .context(let batch): "context-\(batch)"
    case .timeShifts: "time-shifts"
    case .unet(let batch): "unet-\(batch)"
    case .decode: "decode"
    case .answer: "answer"
    }
  }

  /// As tables call it.
  public var title: String {
    switch self {
    case .textEncoder: "text encoder"
    case .encode: "autoencoder, encoding"
    case .context(let batch): "text context, batch \(batch)"
    case .timeShifts: "timesteps of all steps"
    case .unet(let batch): "UNet, batch \(batch)"
    case .decode: "autoencoder, decoding"
    case .answer: "whole answer"
    }
  }

  /// Pictures (texts) at a time.
  public var batch: Int {
    switch self {
    case .context(let batch), .unet(let batch): batch
    case .textEncoder, .encode, .timeShifts, .decode, .answer: 1
    }
  }
}
