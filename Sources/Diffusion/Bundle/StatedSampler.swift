import Foundation
import Models
import Platform

/// The sampler that a model's `scheduler_config.json` asks for, and the one that answers it here.
///
/// A class without a counterpart is answered by the usual sampler. That, and options of a class that
/// are not followed, is what ``warning`` tells.
///
/// Source: huggingface/diffusers 0.42, the arguments of `src/diffusers/schedulers`. Golden:
/// `schedulers.json` and `schedulers.safetensors`.
public struct StatedSampler: Hashable, Sendable {
  /// The class of a file that names none, and of the files that are written here.
  public static let usualClass = "EulerAncestralDiscreteScheduler"

  /// The class in diffusers.
  public let className: String
  /// How the class is told to spread its timesteps; nil when that is not known.
  public let statedSpacing: String?
  public let method: SamplerMethod
  public let spacing: SamplerSpacing
  /// Options of the file that change what is computed and are not followed.
  public let unfollowedOptions: [String]

  static let methods: [String: SamplerMethod] = [
    usualClass: .eulerAncestral(), "EulerDiscreteScheduler": .euler,
    "HeunDiscreteScheduler": .heun, "LMSDiscreteScheduler": .lms, "DDIMScheduler": .ddim(),
    "DPMSolverMultistepScheduler": .dpm2M, "UniPCMultistepScheduler": .unipc,
  ]

  /// Whether the class has a counterpart here.
  public static func isKnown(_ className: String) -> Bool { methods[className] != nil }

  /// - Throws: ``ReportableError`` (`badData`) without a path.
  public init(json: Data) throws {
    self = try StrictJSON.decode(
      Self.self, from: json, as: "a scheduler's configuration", remedy: "fetch it again")
  }

  /// What is asked for, and whether there is such a thing here, in words.
  public var request: String {
    let request =
      "the model asks for "
      + ([name] + [statedSpacing].compactMap { $0 }).joined(
        separator: ", ")
    if !Self.isKnown(className) { return request + ", which has no counterpart" }
    return unfollowedOptions.isEmpty
      ? request : request + ", whose \(unfollowedOptions.joined(separator: ", ")) is not followed"
  }

  /// What differs from what is asked for, in one line; nil when nothing does.
  public var warning: String? {
    guard !Self.isKnown(className) || !unfollowedOptions.isEmpty else { return nil }
    return request
      + "; \(method.name), \(spacing.rawValue) is used (--sampler and --spacing choose)"
  }

  /// The class' name, fit for one line.
  private var name: String { String(quoted(className).dropFirst().dropLast()) }
}
