import Datasets
import Foundation
import Imaging
import Testing
import VisionTasks

@Suite struct ADE20KScenesTests {
  @Test(.enabled(if: SharedData.has("ade20k"), "needs the ADE20K sample data"))
  func officialFiles() throws {
    let scenes = try ADE20KScenes(
      root: SharedData.path("ade20k/ADEChallengeData2016"), split: "validation")
    #expect(scenes.categories.map(\.id) == Array(1...150))
    #expect(scenes.categories[7].name == "bed" && scenes.categories[8].name == "windowpane")
    #expect(scenes.categories[23].names == ["sofa", "couch", "lounge"])
    #expect(scenes.categories[149].name == "flag")
    #expect(scenes.scenes.map(\.id) == ["ADE_val_00000001", "ADE_val_00000002"])
    let drafter = SampleDrafter(ADE20KSource(scenes), settings: BuildSettings())
    let drafted = try drafter.draft(at: 0)
    let labels = try scenes.labels(of: scenes.scenes[0])
    #expect(drafted.samples.count == Set(labels.elements).subtracting([0]).count)
    for sample in drafted.samples {
      let name = try #require(sample.instruction.category)
      let id = try #require(scenes.categories.first { $0.name == name }?.id)
      #expect(
        sample.folder
          == "ADE_val_00000001_\(name.replacingOccurrences(of: " ", with: "_"))_seg")
      let white = stride(from: 0, to: sample.target.pixels.count, by: 3).filter {
        sample.target.pixels[$0] == 255
      }
      #expect(white.count == labels.elements.filter { $0 == id }.count)
    }
  }

  @Test func brokenListsAndMissingLabels() throws {
    let folder = try TemporaryFolder()
    let header = "Idx\tRatio\tTrain\tVal\tName\n"
    let list = try folder.write(header + "1\t0\t0\t0\tcat\n2 \t0\t0\t0\n", to: "list.txt")
    func open(_ objectInfo: String) throws -> ADE20KScenes {
      try ADE20KScenes(
        pictures: folder.path + "/images", labels: folder.path + "/labels", objectInfo: objectInfo)
    }
    expectReport(.badData, "list.txt", "line 3") { try open(list) }
    let twice = try folder.write(header + "1\t0\t0\t0\ta\r\n1\t0\t0\t0\tb\r\n", to: "twice.txt")
    expectReport(.badData, "or one twice") { try open(twice) }
    let good = try folder.write(header + "1 \t0\t0\t0\tbed , bunk\r\n", to: "good.txt")
    expectReport(.missingInput, "images") { try open(good) }
    let image = Image(width: 2, height: 1)
    try folder.write(Data(PNG.encode(image)), to: "images/a.png")
    try folder.write("", to: "images/._a.png")
    expectReport(.missingInput, "images/a.png", "labels/a.png") { try open(good) }
    try folder.write(
      Data(PNG.encode(Plane<UInt8>(width: 2, height: 1, elements: [0, 2]))), to: "labels/a.png")
    let scenes = try open(good)
    #expect(scenes.scenes.count == 1 && scenes.categories[0].names == ["bed", "bunk"])
    expectReport(.badData, "class 2", "ends at 1") { try scenes.labels(of: scenes.scenes[0]) }
  }
}

@Suite struct DepthPairsTests {
  static let root = SharedData.path("nyu-depth-v2")

  @Test(.enabled(if: SharedData.has("nyu-depth-v2"), "needs the NYU sample data"))
  func officialLists() throws {
    let test = try DepthPairs(
      list: Self.root + "/nyudepthv2_test_files_with_gt.txt",
      folder: Self.root + "/official_splits/test")
    #expect(test.pairs[0].id == "office_rgb_00042" && test.pairs[0].focal == 518.8579)
    let train = try DepthPairs(
      list: Self.root + "/nyudepthv2_train_files_with_gt.txt", folder: Self.root + "/sync")
    #expect(train.pairs[0].id == "nyu_demo_rgb_00000")
    for pairs in [test, train] {
      let drafted = try SampleDrafter(DepthPairSource(pairs), settings: BuildSettings()).draft(
        at: 0)
      #expect(drafted.picture.width == 640 && drafted.picture.height == 480)
      #expect(drafted.samples.map(\.folder) == ["\(pairs.pairs[0].id)_depes"])
      let depth = try DepthMap.read(pairs.pairs[0].depthPath)
      #expect(depth.elements.contains { $0 > 1 } && depth.elements.allSatisfy { $0 < 11 })
    }
  }

  @Test(.enabled(if: SharedData.has("nyu-depth-v2"), "needs the NYU sample data"))
  func csvListsInBothDepths() throws {
    let folder = Self.root + "/nyu_data"
    let train = try DepthPairs(csv: folder + "/data/nyu2_train.csv", folder: folder)
    let test = try DepthPairs(csv: folder + "/data/nyu2_test.csv", folder: folder)
    #expect(train.pairs[0].id == "labeled_out_2" && test.pairs[0].id == "nyu2_test_00000_colors")
    for pairs in [train, test] {
      let depth = try DepthMap.read(pairs.pairs[0].depthPath)
      let sorted = depth.elements.sorted()
      let median = sorted[sorted.count / 2]
      #expect(median > 1 && median < 6, "\(median) m")
    }
    expectReport(.badData, "16-bit grey") {
      try DepthMap.read(train.pairs[0].depthPath, encoding: .millimetres)
    }
  }

  @Test func listsWithOddities() throws {
    let folder = try TemporaryFolder()
    let list = try folder.write(
      "\u{FEFF}/a/rgb_1.jpg /a/d_1.png 518.5\r\n\r\na/rgb_2.jpg None 518.5\r\nx.jpg y.png",
      to: "list.txt")
    let pairs = try DepthPairs(list: list, folder: "/data")
    #expect(pairs.pairs.map(\.id) == ["a_rgb_1", "x"])
    #expect(pairs.pairs.map(\.depthPath) == ["/data/a/d_1.png", "/data/y.png"])
    #expect(pairs.pairs[1].focal == nil)
    let csv = try folder.write("a/1.jpg , a/1.png\r\n", to: "list.csv")
    #expect(try DepthPairs(csv: csv, folder: "/d").pairs[0].depthPath == "/d/a/1.png")
    for (text, expected) in [
      ("a.jpg\n", "line 1 is not"), ("a b c d\n", "line 1 is not"), ("a b x\n", "focal"),
      ("a b 1\n../../a b 1\n", "line 2"), ("a b -4\n", "focal"),
    ] {
      let path = try folder.write(text, to: "broken.txt")
      expectReport(.badData, "broken.txt", expected) { try DepthPairs(list: path, folder: "/d") }
    }
    let path = try folder.write("a.jpg\n", to: "broken.csv")
    expectReport(.badData, "broken.csv", "line 1") { try DepthPairs(csv: path, folder: "/d") }
  }
}

@Suite struct OxfordPetsTests {
  static let root = SharedData.path("oxford-iiit-pet")

  @Test(.enabled(if: SharedData.has("oxford-iiit-pet"), "needs the Oxford pet sample data"))
  func officialFiles() throws {
    let pets = try OxfordPets(root: Self.root)
    #expect(pets.entries.count == 100)
    #expect(try OxfordPets(root: Self.root, list: "test").entries.count == 51)
    let first = pets.entries[0]
    #expect(first.id == "Abyssinian_106" && first.species == .cat && first.breed == "Abyssinian")
    #expect(
      try pets.headBoxes(of: first) == [Box(left: 860, top: 155, right: 1302, bottom: 563)])
    let dog = try #require(pets.entries.first { $0.id.hasPrefix("american_bulldog") })
    #expect(dog.species == .dog && dog.breed == "american bulldog" && dog.classID == 2)
    let trimap = try pets.trimap(of: first)
    #expect(Set(trimap.elements) == [1, 2, 3])
    #expect(try OxfordPets(root: Self.root, list: "list").entries.count == 151)
  }

  @Test(.enabled(if: SharedData.has("oxford-iiit-pet"), "needs the Oxford pet sample data"))
  func everyListedPictureMakesSamples() throws {
    let pets = try OxfordPets(root: Self.root)
    let source = OxfordPetSource(pets)
    let drafter = SampleDrafter(source, settings: BuildSettings(variant: .rephrased))
    // A PNG under a .jpg name is among the first ones or the test list.
    for index in [0, 1, 40, 99] {
      let drafted = try drafter.draft(at: index)
      let species = pets.entries[index].species.name
      let verdicts = drafted.samples.filter { $0.instruction.task == .classification }
      #expect(verdicts.map(\.isPresent) == [true, false])
      #expect(verdicts.first?.instruction.category == species)
      #expect(verdicts.last?.instruction.category == (species == "cat" ? "dog" : "cat"))
      let colors = try #require(verdicts[0].instruction.colors)
      #expect(
        verdicts[0].folder
          == "\(drafted.id)_\(colors.positive.name)_\(colors.negative.name)_cls_pos_1")
      #expect(verdicts[0].target[0, 0] == colors.positive.color)
    }
  }

  @Test func markup() throws {
    let tree = try MarkupTree(
      "<?xml version='1.0'?>\n<!-- > --><a x=\"1>2\"> t&amp;u <b/><c><b>2</b></c></a>\n",
      path: "f.xml")
    #expect(tree.name == "a" && tree.text == "t&u")
    #expect(tree.descendants("b").map(\.text) == ["", "2"])
    for broken in [
      "", "text", "<a>", "<a></b>", "<a", "</a>", "<a></a><b/>", "<!-- <a/>", "<a>&nbsp;</a>", "<>",
    ] {
      expectReport(.badData, "f.xml", "not the XML") { try MarkupTree(broken, path: "f.xml") }
    }
    expectReport(.badData, "nesting") {
      try MarkupTree(String(repeating: "<a>", count: 5000), path: "f.xml")
    }
  }

  @Test func brokenFiles() throws {
    let folder = try TemporaryFolder()
    for (text, expected) in [
      ("Cat_1 1 1 1\nCat_2 38 1 1\n", "line 2"), ("Cat_1 1 3 1\n", "line 1"),
      ("../Cat_1 1 1 1\n", "line 1"), ("Cat_1\n", "line 1"),
    ] {
      try folder.write(text, to: "annotations/trainval.txt")
      expectReport(.badData, "trainval.txt", expected) { try OxfordPets(root: folder.path) }
    }
    try folder.write("Cat_1 1 1 1\n", to: "annotations/trainval.txt")
    let pets = try OxfordPets(root: folder.path)
    #expect(try pets.headBoxes(of: pets.entries[0]) == nil)
    try folder.write(
      "<annotation><object><bndbox><xmin>9</xmin></bndbox></object></annotation>",
      to: "annotations/xmls/Cat_1.xml")
    expectReport(.badData, "Cat_1.xml", "ymin") { try pets.headBoxes(of: pets.entries[0]) }
    try folder.write(
      Data(PNG.encode(Plane<UInt8>(width: 1, height: 1, elements: [4]))),
      to: "annotations/trimaps/Cat_1.png")
    expectReport(.badData, "Cat_1.png", "value 4") { try pets.trimap(of: pets.entries[0]) }
    expectReport(.missingInput, "test.txt") { try OxfordPets(root: folder.path, list: "test") }
  }
}
