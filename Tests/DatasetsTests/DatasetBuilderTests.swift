import Datasets
import Foundation
import Imaging
import Platform
import Testing
import VisionTasks

@Suite struct DatasetBuilderTests {
  private func build(
    _ folder: TemporaryFolder, _ settings: BuildSettings = BuildSettings(seed: 1),
    source: FakeSource = FakeSource(), name: String = "built"
  ) throws -> DatasetBuilder.Summary {
    try DatasetBuilder(sources: [source], settings: settings).build(
      to: folder.path + "/" + name)
  }

  @Test func layoutIsTheAuthors() throws {
    let folder = try TemporaryFolder()
    let summary = try build(folder)
    #expect(
      summary.sampleCounts
        == [.segmentation: 20, .detection: 20, .depth: 20, .classification: 40])
    let files = try folder.contents(of: "built")
    for name in ["p0_det_dog", "p1_seg_traffic light", "p2_det_a-b", "p3_depes", "p3_cls_dog_pos"] {
      #expect(files["\(name)/\(name)_0.png"] != nil, "\(name)")
      #expect(files["\(name)/\(name)_1.png"] != nil)
      #expect(files["\(name)/prompt.json"] != nil)
      #expect((files["\(name)/bbox.json"] != nil) == name.contains("_det_"))
    }
    #expect(!files.keys.contains { $0.contains("partial") })
    let boxes = try #require(files["p0_det_dog/bbox.json"])
    #expect(String(decoding: boxes, as: UTF8.self) == "{\"bbox\":[[4,3,14,12]]}")
    let prompt = try #require(files["p1_seg_traffic light/prompt.json"])
    #expect(String(decoding: prompt, as: UTF8.self) == "{\"edit\":\"Segment the traffic light\"}")
    let seeds = try JSONSerialization.jsonObject(with: try #require(files["seeds.json"]))
    let entries = try #require(seeds as? [[Any]])
    #expect(entries.count == 100)
    #expect(entries[0][0] as? String == (entries[0][1] as? [String])?[0])
  }

  @Test func readsBackWithEverythingKnown() throws {
    let folder = try TemporaryFolder()
    _ = try build(folder, BuildSettings(variant: .rephrased, seed: 2))
    let set = try BuiltDataset(root: folder.path + "/built")
    #expect(set.samples.count == 100)
    let suite = TaskSuite()
    for sample in set.samples {
      let (input, target) = try sample.load()
      #expect(input.width == 24 && sample.source == "fake" && sample.picture.hasPrefix("p"))
      #expect(!sample.instruction.text.contains("%"))
      if case .classification(let answer) = try suite.read(
        target, of: input, following: sample.instruction)
      {
        #expect(answer.isPresent == sample.isPresent)
        #expect(sample.instruction.category != nil && sample.instruction.colors != nil)
      }
    }
    // Samples of one picture stay together, so that a cut by position parts at most one picture.
    var changes = 0
    for (first, second) in zip(set.samples, set.samples.dropFirst())
    where first.picture != second.picture { changes += 1 }
    #expect(changes == 19)
    #expect(set.samples.map(\.picture).first != "p0" || set.samples[99].picture != "p19")
    #expect(
      BuiltDataset.Part.allCases.map { set.samples($0).count } == [90, 5, 5, 100])
    #expect(Array(set.samples(.train)) + set.samples(.val) + set.samples(.test) == set.samples)
  }

  @Test func theSameCallGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    _ = try build(folder, BuildSettings(variant: .rephrased, seed: 3), name: "a")
    _ = try build(folder, BuildSettings(variant: .rephrased, seed: 3), name: "b")
    _ = try build(folder, BuildSettings(variant: .rephrased, seed: 4), name: "c")
    let first = try folder.contents(of: "a")
    #expect(try folder.contents(of: "b") == first)
    #expect(try folder.contents(of: "c") != first)
  }

  @Test func buildingGoesOnWhereItStopped() throws {
    let folder = try TemporaryFolder()
    struct Stop: Error {}
    let builder = DatasetBuilder(sources: [FakeSource()], settings: BuildSettings(seed: 5))
    let root = folder.path + "/built"
    #expect(throws: Stop.self) {
      try builder.build(to: root) { done, _ in if done >= 7 { throw Stop() } }
    }
    expectReport(.missingInput, "seeds.json") { try BuiltDataset(root: root) }
    try builder.build(to: root)
    let whole = try folder.contents(of: "built")
    _ = try build(folder, BuildSettings(seed: 5), name: "straight")
    #expect(try folder.contents(of: "straight") == whole)
    expectReport(.usage, "other settings") { try build(folder, BuildSettings(seed: 6)) }
    try folder.write("x", to: "full/x")
    expectReport(.usage, "not empty") { try build(folder, name: "full") }
  }

  @Test(arguments: [BuildSettings.InputStorage.linked, .copied])
  func inputsAreSharedOrNot(storage: BuildSettings.InputStorage) throws {
    let folder = try TemporaryFolder()
    _ = try build(folder, BuildSettings(inputs: storage))
    let files = ["p0_det_dog", "p0_seg_dog", "p0_depes"].map {
      folder.path + "/built/\($0)/\($0)_0.png"
    }
    let numbers = try files.map {
      try FileManager.default.attributesOfItem(atPath: $0)[.systemFileNumber] as? Int
    }
    #expect(Set(numbers).count == (storage == .linked ? 1 : 3))
  }

  @Test func brokenPicturesStopOrAreListed() throws {
    let folder = try TemporaryFolder()
    let source = FakeSource(broken: 4)
    expectReport(.badData) { try build(folder, source: source) }
    let summary = try build(
      folder, BuildSettings(seed: 1, unreadable: .skip), source: source, name: "skipped")
    #expect(summary.skipped.count == 1 && summary.pictureCount == 19)
    #expect(try BuiltDataset(root: folder.path + "/skipped").samples.count == 95)
  }

  @Test func negativesAreAbsentButKnownCategories() throws {
    for (rate, expected) in [(0.0, 0), (0.5, 10), (2, 40)] {
      let source = FakeSource()
      let drafter = SampleDrafter(
        source, settings: BuildSettings(tasks: [.classification], negativesPerPositive: rate))
      var negatives = 0
      for index in 0..<source.pictureCount {
        for sample in try drafter.draft(at: index).samples where sample.isPresent == false {
          negatives += 1
          let category = try #require(sample.instruction.category)
          #expect(source.categories.contains(category) && category != source.categories[index % 3])
          let colors = try #require(sample.instruction.colors)
          #expect(sample.target[5, 5] == colors.negative.color)
          #expect(["red", "green", "blue"].contains(colors.negative.name))
        }
      }
      #expect(abs(negatives - expected) <= (rate == 0.5 ? 6 : 0))
    }
  }

  @Test func whatIsAbsentIsAskedForToo() throws {
    let source = FakeSource()
    let plain = SampleDrafter(source, settings: BuildSettings())
    let drafter = SampleDrafter(source, settings: BuildSettings(absentPerPicture: 2))
    for index in 0..<source.pictureCount {
      let drafted = try drafter.draft(at: index)
      let without = try plain.draft(at: index).samples
      let added = drafted.samples.filter { sample in
        !without.contains { $0.folder == sample.folder }
      }
      #expect(
        added.map(\.instruction.task) == [.segmentation, .segmentation, .detection, .detection])
      #expect(drafted.samples.count == without.count + 4)
      for sample in added {
        let category = try #require(sample.instruction.category)
        #expect(source.categories.contains(category) && category != source.categories[index % 3])
        if sample.instruction.task == .segmentation {
          #expect(sample.target.pixels.allSatisfy { $0 == 0 })
        } else {
          #expect(sample.target == drafted.picture && sample.boxes?.isEmpty == true)
        }
      }
    }
    let folder = try TemporaryFolder()
    let summary = try build(folder, BuildSettings(tasks: [.detection], absentPerPicture: 1))
    #expect(summary.sampleCounts[.detection] == 40)
    let built = try BuiltDataset(root: folder.path + "/built")
    let numbers = try built.samples.map { sample in
      try [sample.inputPath, sample.targetPath].map {
        try FileManager.default.attributesOfItem(atPath: $0)[.systemFileNumber] as? Int
      }
    }
    // A picture that stays as it is is kept once.
    #expect(numbers.filter { $0[0] == $0[1] }.count == 20)
  }

  @Test func sourcesArePooledAndDoublesRefused() throws {
    let folder = try TemporaryFolder()
    var other = FakeSource(pictureCount: 3)
    other.name = "other"
    let builder = DatasetBuilder(
      sources: [FakeSource(pictureCount: 3), other], settings: BuildSettings(tasks: [.depth]))
    // Whichever of the two comes first, and however close they are.
    for attempt in 0..<20 {
      expectReport(.badData, "_depes", "apart") {
        try builder.build(to: folder.path + "/built-\(attempt)")
      }
    }
    // A name taken twice is no unreadable picture.
    expectReport(.badData, "_depes", "apart") {
      try DatasetBuilder(
        sources: [FakeSource(pictureCount: 3), other],
        settings: BuildSettings(tasks: [.depth], unreadable: .skip)
      ).build(to: folder.path + "/skipping")
    }
    var limited = FakeSource()
    limited.tasks = [.depth]
    let summary = try DatasetBuilder(
      sources: [limited], settings: BuildSettings(), picturesPerSource: 4
    ).build(to: folder.path + "/limited")
    #expect(summary.sampleCounts == [.depth: 4])
  }

  @Test func aSetSaysHowItWasPainted() throws {
    let folder = try TemporaryFolder()
    let colors = ["red", "aqua"].compactMap { NamedColor($0) }
    _ = try build(
      folder,
      BuildSettings(
        suite: TaskSuite(detection: DetectionTask(outlineWidth: 3)), palette: colors))
    let painting = try TargetPainting(builtSet: folder.path + "/built")
    #expect(painting.outlineWidth == 3 && painting.verdictColors == ["red", "aqua"])
    #expect(try TargetPainting(builtSet: folder.path).outlineWidth == 4)
    try folder.write("{}", to: "built/build.json")
    expectReport(.badData, "can't be understood") {
      try TargetPainting(builtSet: folder.path + "/built")
    }
  }

  // MARK: Sets of other programs, broken sets

  @Test func foreignSets() throws {
    let folder = try TemporaryFolder()
    let png = Data(try PNG.encode(Image(width: 4, height: 4)))
    let jpeg = Data(try JPEG.encode(Image(width: 4, height: 4)))
    let names = [
      "000000355677_det_person", "kitchen_0028b_rgb_00045_depes", "ADE_train_00000001_bed_seg",
      "000000000009_cls_a_seg_b_pos",
    ]
    for name in names {
      try folder.write(jpeg, to: "set/\(name)/\(name)_0.jpg")
      try folder.write(png, to: "set/\(name)/\(name)_1.png")
      try folder.write("{\"edit\": \"do \(name)\"}", to: "set/\(name)/prompt.json")
    }
    let entries = names.map { "[\"\($0)\", [\"\($0)\"]]" }.joined(separator: ", ")
    try folder.write("[\(entries)]", to: "set/seeds.json")
    let set = try BuiltDataset(root: folder.path + "/set")
    #expect(
      set.samples.map(\.task) == [.detection, .depth, .segmentation, .classification])
    #expect(set.samples[0].instruction.text == "do 000000355677_det_person")
    #expect(try set.samples[0].load().input.width == 4)
    try FileManager.default.removeItem(
      atPath: folder.path + "/set/\(names[0])/\(names[0])_1.png")
    expectReport(.missingInput, "000000355677_det_person_1.png") {
      try BuiltDataset(root: folder.path + "/set")
    }
  }

  @Test func brokenIndexes() throws {
    let folder = try TemporaryFolder()
    for (seeds, expected) in [
      ("[[\"../x_det_a\", [\"y\"]]]", "leaves its folder"), ("[[\"x\"]]", "entry 0"),
      ("{}", "an array is missing"), ("[[\"x\", [\"x\"]]", "a comma or ]"),
    ] {
      let name = UUID().uuidString
      try folder.write(seeds, to: "\(name)/seeds.json")
      expectReport(.badData, expected) { try BuiltDataset(root: folder.path + "/" + name) }
    }
    _ = try build(folder)
    let good = try #require(try folder.contents(of: "built")["samples.json"])
    let text = String(decoding: good, as: UTF8.self)
    for (old, new, expected) in [
      ("\"detection\"", "\"detektion\"", "unknown task"), ("\"folder\"", "\"ordner\"", "sample 0"),
      ("\"target\":\"", "\"target\":\"../", "leaves its folder"),
      ("\"positive\":\"", "\"positive\":\"very", "unknown colour"),
    ] {
      try folder.write(text.replacingOccurrences(of: old, with: new), to: "built/samples.json")
      expectReport(.badData, expected) { try BuiltDataset(root: folder.path + "/built") }
    }
    try FileManager.default.removeItem(atPath: folder.path + "/built/samples.json")
    expectReport(.badData, "half built") { try BuiltDataset(root: folder.path + "/built") }
  }
}
