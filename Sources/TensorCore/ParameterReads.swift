/// Which trainable parameters a closure reads without a tape: each once, in the order of first reads.
final class ParameterReads: @unchecked Sendable {
  @TaskLocal static var current: ParameterReads?

  private var parameters: [Parameter] = []
  private var known: Set<ObjectIdentifier> = []

  /// Runs `body` without recording, and lists what it reads.
  static func listed<R>(_ body: () throws -> R) rethrows -> (result: R, parameters: [Parameter]) {
    let reads = ParameterReads()
    let result = try $current.withValue(reads) { try GradientTape.paused(body) }
    return (result, reads.parameters)
  }

  func note(_ parameter: Parameter) {
    if known.insert(ObjectIdentifier(parameter)).inserted { parameters.append(parameter) }
  }
}
