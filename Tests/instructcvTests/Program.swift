import Diffusion
import Foundation
import Imaging
import Layers
import Models
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The built program, run as a user runs it.
enum Program {
  struct Outcome {
    let code: Int32
    let output: String
    let errors: String
    /// Lines of `errors` that are not notes or progress.
    var complaints: [String] {
      errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("instructcv:") }
    }
  }

  /// Beside the running tests; else where the package manager builds.
  static let path: String = {
    var folders: [URL] = []
    if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      folders.append(URL(fileURLWithPath: own).deletingLastPathComponent())
    }
    folders.append(Bundle.main.bundleURL)
    folders += Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    folders += ["release", "debug"].map { package.appendingPathComponent(".build/\($0)") }
    let paths = folders.map { $0.appendingPathComponent("instructcv").path }
    return paths.first { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        && !isFolder.boolValue
    } ?? "instructcv"
  }()

  static func process(
    _ arguments: [String], in folder: String, environment: [String: String] = [:]
  ) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    return process
  }

  /// Runs the program to its end.
  static func run(
    _ arguments: [String], in folder: String, environment: [String: String] = [:]
  ) throws -> Outcome {
    try outcome(of: process(arguments, in: folder, environment: environment), in: folder)
  }

  /// Runs `script` in bash with the program's path as `$0`.
  static func run(script: String, _ arguments: [String], in folder: String) throws -> Outcome {
    let process = process(["-c", script, path] + arguments, in: folder)
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    return try outcome(of: process, in: folder)
  }

  /// Runs the program until its messages hold `mark`, then sends SIGINT, and expects it to leave as
  /// an interrupted program should.
  ///
  /// - Parameter mark: shows that the work has begun.
  /// - Returns: all of its messages.
  static func interrupted(
    _ arguments: [String], in folder: String, after mark: String
  ) throws -> String {
    let process = process(arguments, in: folder)
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var messages = ""
    while !messages.contains(mark), process.isRunning {
      messages += String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
    }
    kill(process.processIdentifier, SIGINT)
    messages += String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130, "\(messages)")
    return messages
  }

  private static func outcome(of process: Process, in folder: String) throws -> Outcome {
    // Files, not pipes: nothing fills up while the program runs.
    let base = FileManager.default.temporaryDirectory
      .appendingPathComponent("instructcv-\(UUID().uuidString)").path
    let paths = [base + ".out", base + ".err"]
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    var handles: [FileHandle] = []
    for path in paths {
      try AtomicFile.write("", to: path)
      handles.append(try #require(FileHandle(forWritingAtPath: path)))
    }
    process.standardOutput = handles[0]
    process.standardError = handles[1]
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    for handle in handles { try handle.close() }
    return Outcome(
      code: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: try InputFile.text(at: paths[0]), errors: try InputFile.text(at: paths[1]))
  }
}

/// A model of random numbers: it answers nonsense, but fast, and always the same.
enum TinyModel {
  /// Its folder, made once.
  static let folder: String = {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("instructcv-tiny-\(ProcessInfo.processInfo.processIdentifier)").path
    do {
      try write(to: folder)
      atexit { try? FileManager.default.removeItem(atPath: TinyModel.folder) }
    } catch {
      Issue.record("the random model can't be made: \(error)")
    }
    return folder
  }()

  static func write(to folder: String, seed: UInt64 = 1, textWidth: Int = 32) throws {
    let tokenizer = folder + "-tokenizer"
    try FileManager.default.createDirectory(atPath: tokenizer, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: tokenizer) }
    let vocabulary = BPETrainer(mergeCount: 40, bytes: BPETrainer.lowercaseASCII).train(
      on: ["segment the dog", "detect the cat", "estimate the depth of this image"])
    try vocabulary.write(
      vocabularyPath: tokenizer + "/vocab.json", mergesPath: tokenizer + "/merges.txt")
    let autoencoder = AutoencoderConfiguration(
      latentChannels: 4, widths: [8, 8, 16], layerCount: 1, groupCount: 4)
    let unet = UNetConfiguration(
      inputChannels: 8, outputChannels: 4,
      levels: [
        UNetConfiguration.Level(width: 16, layerCount: 1, headCount: 2),
        UNetConfiguration.Level(width: 32, layerCount: 1, headCount: 2),
      ], contextWidth: textWidth, groupCount: 8)
    let text = TextEncoderConfiguration(
      vocabularySize: vocabulary.tokens.count, width: textWidth, layerCount: 1, headCount: 2,
      positionCount: 77)
    try ModelFolderWriter(precision: .float32).write(
      to: folder,
      unet: try UNet(unet, weights: .random(seed: seed), purpose: .training),
      autoencoder: try Autoencoder(
        autoencoder, weights: .random(seed: seed + 1), purpose: .training),
      autoencoderConfiguration: autoencoder,
      textEncoder: try TextEncoder(text, weights: .random(seed: seed + 2), purpose: .training),
      tokenizerFolder: tokenizer, schedule: ScheduleConfiguration(prediction: .v),
      card: ModelCard(
        name: "tiny", resolution: 32, sampler: "euler-ancestral", steps: 3, textGuidance: 2,
        imageGuidance: 1.5, squashesPictures: false)
    ) { $0.value }
  }
}

/// A folder of its own for each test, removed afterwards.
func inScratchFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("instructcv-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

/// A picture with some structure.
func samplePicture(width: Int, height: Int, seed: Int = 0) -> Image {
  var picture = Image(width: width, height: height)
  for y in 0..<height {
    for x in 0..<width {
      picture[x, y] = Color(
        UInt8(truncatingIfNeeded: x &* 5 &+ seed), UInt8(truncatingIfNeeded: y &* 7),
        UInt8(truncatingIfNeeded: (x &+ y) &* 3))
    }
  }
  return picture
}
