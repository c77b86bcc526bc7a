import Foundation
import Platform
import TensorCore
import Testing

/// A kind of file whose damaged copies must be read or refused, never trap, never hang, and never be
/// refused without a clear word.
public struct MutatedFormat: Sendable, CustomTestStringConvertible {
  /// An error that no reader should give for a damaged file.
  public struct Surprise: Error { let what: String }

  let name: String
  /// What the files of each sample are called.
  let fileNames: [String]
  /// Good files; each sample has one for each of `fileNames`.
  let samples: [[[UInt8]]]
  let pieces: [[UInt8]]
  let codes: Set<ReportableError.Code>
  let changedFileCount: Int
  let layout: @Sendable ([UInt8]) -> ByteLayout
  let repair: @Sendable (inout [UInt8]) -> Void
  let read: @Sendable (_ folder: String) throws -> Void

  /// - Parameters:
  ///   - pieces: of the format's syntax.
  ///   - codes: with which damaged files may be refused.
  ///   - changedFileCount: how many of the files, from the first on, are damaged; all when nil.
  ///   - layout: the places that matter most.
  ///   - repair: mends what would keep readers from all the rest; done to most mutants.
  ///   - read: reads the files in `folder` as the program would, and throws what it throws.
  public init(
    _ name: String, _ fileNames: [String], samples: [[[UInt8]]], pieces: [[UInt8]],
    codes: Set<ReportableError.Code> = [.badData], changedFileCount: Int? = nil,
    layout: @escaping @Sendable ([UInt8]) -> ByteLayout = ByteLayout.text,
    repair: @escaping @Sendable (inout [UInt8]) -> Void = { _ in },
    read: @escaping @Sendable (_ folder: String) throws -> Void
  ) {
    self.name = name
    self.fileNames = fileNames
    self.samples = samples
    self.pieces = pieces
    self.codes = codes
    self.changedFileCount = changedFileCount ?? fileNames.count
    self.layout = layout
    self.repair = repair
    self.read = read
  }

  public var testDescription: String { name }

  /// Throws a ``Surprise`` unless `condition` holds.
  public static func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw Surprise(what: what()) }
  }
}

extension MutatedFormat {
  /// Reads `count` damaged copies of the samples.
  ///
  /// Mutant `i` of a seed is always the same, whatever came before it, so that one can be looked at
  /// alone: `run(1, seed: s, startingAt: i)`.
  ///
  /// - Parameter seed: INSTRUCTCV_MUTATION_SEED takes its place when it is set.
  public func run(_ count: Int, seed: UInt64, startingAt first: Int = 0) throws {
    let seed = Self.environmentSeed ?? seed
    let folder = try MutantFolder()
    for sample in samples {
      try write(sample, to: folder)
      try read(folder.path)
    }
    let layouts = samples.map { $0.map(layout) }
    let watch = MutantWatch("\(name), seed \(seed), mutant ")
    defer { watch.stop() }
    var (readCount, surprises) = (0, [String]())
    for index in first..<first + count {
      let files = mutant(index, seed: seed, layouts)
      try write(Array(files.prefix(changedFileCount)), to: folder)
      watch.begin(index)
      do {
        try read(folder.path)
        readCount += 1
      } catch {
        if let what = surprise(error) { surprises.append("mutant \(index): \(what)") }
      }
      guard surprises.count < 5 else { break }
    }
    #expect(surprises == [], "\(name), seed \(seed)")
    // Mutants that are all refused at the door, or all accepted, would test nothing.
    guard count >= 1000 else { return }
    let range = count / 200..<count - count / 20
    #expect(range.contains(readCount), "\(name): \(readCount) of \(count) were read")
  }

  private static let environmentSeed = ProcessInfo.processInfo
    .environment["INSTRUCTCV_MUTATION_SEED"].flatMap(UInt64.init)

  private func mutant(_ index: Int, seed: UInt64, _ layouts: [[ByteLayout]]) -> [[UInt8]] {
    let sample = index % samples.count
    var files = samples[sample]
    var mutator = ByteMutator(
      stream: RandomStream(seed: seed, stream: UInt64(index)), pieces: pieces,
      others: samples.flatMap(\.self))
    for _ in 0...mutator.choice(of: 4) {
      let file = mutator.choice(of: changedFileCount)
      mutator.change(&files[file], layouts[sample][file])
    }
    if !mutator.chance(oneIn: 4) {
      for file in files.indices { repair(&files[file]) }
    }
    return files
  }

  private func write(_ files: [[UInt8]], to folder: MutantFolder) throws {
    for (name, bytes) in zip(fileNames, files) { try folder.write(bytes, as: name) }
  }

  /// What is unclear about an error; nil when nothing is.
  private func surprise(_ error: any Error) -> String? {
    if let surprise = error as? Surprise { return surprise.what }
    guard let error = error as? ReportableError else { return "an error of its own kind: \(error)" }
    let text = error.description
    if !codes.contains(error.code) { return "the code \(error.code): \(text)" }
    if error.path == nil { return "no path: \(text)" }
    if text.utf8.count > 3000 { return "\(text.utf8.count) bytes: \(text.prefix(300))" }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return "control characters: \(quoted(text))"
    }
    return nil
  }
}
