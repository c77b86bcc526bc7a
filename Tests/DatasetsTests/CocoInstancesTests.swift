import Datasets
import Imaging
import Testing

@Suite struct CocoInstancesTests {
  private func parse(_ text: String) throws -> CocoInstances {
    try CocoInstances(Array(text.utf8), imagesFolder: "/pictures")
  }

  /// One picture and one category around `annotation`.
  private func wrapped(_ annotation: String, image: String = "") -> String {
    """
    {"info": {"year": 2017, "x": [1, {"y": null}]}, "images": [{"id": 9007199254740991,
      "file_name": "a/b.jpg", "height": 6, "width": 8.0\(image)}], "licenses": [],
     "annotations": [\(annotation)], "categories": [{"id": 7, "name": "cat"}]}
    """
  }

  private func annotation(_ fields: String) -> String {
    "{\"id\": 900100184613, \"image_id\": 9007199254740991, \"category_id\": 7, \(fields)}"
  }

  @Test func numbersMayBeSpelledEitherWay() throws {
    let coco = try parse(
      wrapped(
        annotation(
          """
          "bbox": [1, 2.5, 3e0, 25E-1], "area": 12, "iscrowd": 0,
          "segmentation": [[1, 1, 6.0, 2, 3, 7], [0, 0, 2, 0, 2, 2.25]]
          """)))
    let read = try #require(coco.annotations.first)
    #expect(read.id == 900_100_184_613)
    #expect(read.imageID == 9_007_199_254_740_991)
    #expect(read.box == Box(left: 1, top: 2.5, right: 4, bottom: 5))
    #expect(read.area == 12 && !read.isCrowd)
    #expect(read.segmentation == .polygons([[1, 1, 6, 2, 3, 7], [0, 0, 2, 0, 2, 2.25]]))
    #expect(coco.images[0].width == 8)
    #expect(try coco.path(of: coco.images[0]) == "/pictures/a/b.jpg")
    #expect(coco.category(7)?.supercategory == "")
    #expect(coco.annotations(ofImage: 5).isEmpty)
  }

  @Test func allThreeSegmentationForms() throws {
    let plain = try parse(
      wrapped(
        annotation(
          """
          "bbox": [0, 0, 1, 1], "iscrowd": 1,
          "segmentation": {"size": [6, 8], "counts": [5, 2, 41]}
          """)))
    let image = plain.images[0]
    let first = try #require(plain.annotations.first)
    #expect(first.isCrowd)
    let runs = try #require(first.segmentation).runLengths(in: image, ofAnnotation: 1)
    #expect(runs.area == 2 && runs.mask[0, 5] && runs.mask[1, 0])
    let packed = runs.compressed.replacing("\\", with: "\\\\")
    let compressed = try parse(
      wrapped(
        annotation(
          "\"bbox\": [0, 0, 1, 1], \"segmentation\": {\"counts\": \"\(packed)\", \"size\": [6, 8]}")
      ))
    #expect(
      try #require(compressed.annotations.first?.segmentation).runLengths(
        in: image, ofAnnotation: 1) == runs)
    let none = try parse(wrapped(annotation("\"bbox\": [0, 0, 1, 1], \"segmentation\": null")))
    #expect(none.annotations[0].segmentation == nil && none.annotations[0].area == 1)
  }

  /// Targets are painted as by OpenCV, outlines included; evaluation goes by COCO's own rule, which
  /// sees nothing of what is thinner than a pixel.
  @Test func targetsAreFilledWithTheirOutlines() throws {
    let image = try parse(
      """
      {"images": [{"id": 1, "file_name": "a", "width": 40, "height": 40}],
       "annotations": [], "categories": []}
      """
    ).images[0]
    func area(_ mask: Mask) -> Int { mask.elements.reduce(0) { $1 ? $0 + 1 : $0 } }
    let triangle = CocoSegmentation.polygons([[10.9, 10, 30, 10, 30, 30.2]])
    #expect(area(try triangle.paintedMask(in: image, ofAnnotation: 1)) == 231)
    #expect(area(try triangle.runLengths(in: image, ofAnnotation: 1).mask) < 200)
    let thin = CocoSegmentation.polygons([[5, 5.1, 15, 5.1, 15, 5.4, 5, 5.4], [0, 39, 0, 39]])
    let painted = try thin.paintedMask(in: image, ofAnnotation: 1)
    #expect(area(painted) == 12 && painted[5, 5] && painted[15, 5] && painted[0, 39])
    #expect(area(try thin.runLengths(in: image, ofAnnotation: 1).mask) == 0)
    let runs = CocoSegmentation.runs([1500, 100], height: 40, width: 40)
    #expect(area(try runs.paintedMask(in: image, ofAnnotation: 1)) == 100)
  }

  @Test func escapesInNames() throws {
    let coco = try parse(
      """
      {"images": [], "annotations": [],
       "categories": [{"id": 1, "name": "caf\\u00e9 \\ud83d\\ude00 \\"x\\" \\\\ \\/"}]}
      """)
    #expect(coco.categories[0].name == "café 😀 \"x\" \\ /")
  }

  @Test(arguments: [
    ("", "a value is missing|an object is missing"), ("[]", "an object is missing at byte 0"),
    ("{\"images\": [", "a value is missing|an object is missing"),
    ("{\"images\": []}", "lacks annotations, categories"),
    ("{\"images\": [], \"annotations\": [], \"categories\": []} x", "something follows the end"),
    (
      "{\"images\": [{\"id\": 1}], \"annotations\": [], \"categories\": []}",
      "image record 0 (from 0) has no \"file_name\""
    ),
    ("{\"images\": [{\"id\": 1.5}]}", "a whole number is missing"),
    ("{\"images\": [{\"id\": 1e300}]}", "a whole number"),
    ("{\"images\": [{\"id\": -9223372036854775808}]}", "a whole number is out of range"),
    ("{\"images\": [{\"id\": 01}]}", "begins with 0"),
    ("{\"images\": [{\"id\": NaN}]}", "a number is missing"),
    ("{\"images\": [{\"id\": \"1\"}]}", "a number is missing"),
    ("{\"images\": [{\"id\": 1, \"file_name\": \"\\ud800\"}]}", "surrogate"),
    ("{\"images\": [{\"id\": 1, \"file_name\": \"a", "doesn't end"),
    (
      "{\"images\": [{\"id\": 1, \"file_name\": \"a\", \"width\": 0, \"height\": 3}]}",
      "image 1 can't be 0x3"
    ),
  ])
  func brokenFiles(text: String, expected: String) {
    let options = expected.split(separator: "|").map(String.init)
    do {
      _ = try parse(text)
      Issue.record("nothing was thrown for \(text)")
    } catch {
      #expect(options.contains { "\(error)".contains($0) }, "\(error)")
    }
  }

  @Test func nestingIsLimited() {
    let deep = String(repeating: "[", count: 100_000)
    expectReport(.badData, "nesting is too deep") { try parse("{\"info\": \(deep)") }
  }

  @Test(arguments: [
    ("\"bbox\": [1, 2, 3]", "annotation 900100184613 has 3 numbers as box"),
    ("\"bbox\": [1, 2, -3, 4]", "annotation 900100184613 has a box of -3.0x4.0"),
    ("\"bbox\": [1e308, 2, 1e308, 4]", "annotation 900100184613 has a box that no picture"),
    ("\"area\": 3", "annotation 900100184613 has no \"bbox\""),
    ("\"bbox\": [1, 2, 3, \"x\"]", "annotation 900100184613: is not the JSON"),
    ("\"bbox\": [1, 2, 3, 4], \"segmentation\": [[1, 2, 3]]", "a polygon of 3 numbers"),
    ("\"bbox\": [1, 2, 3, 4], \"segmentation\": 5", "annotation 900100184613:"),
    (
      "\"bbox\": [1, 2, 3, 4], \"segmentation\": {\"size\": [6, 8], \"counts\": [47]}",
      "cover 47 pixels of 48"
    ),
    (
      "\"bbox\": [1, 2, 3, 4], \"segmentation\": {\"size\": [6, 8], \"counts\": [50, -2]}",
      "a run length before it is wrong"
    ),
    (
      "\"bbox\": [1, 2, 3, 4], \"segmentation\": {\"size\": [6], \"counts\": [48]}",
      "no usable size"
    ),
    ("\"bbox\": [1, 2, 3, 4], \"keypoints\": [1, 2]", "2 keypoint numbers"),
    ("\"bbox\": [1, 2, 3, 4], \"keypoints\": [1, 2, 3]", "a keypoint flag 3.0"),
  ])
  func brokenAnnotationsAreNamed(fields: String, expected: String) {
    expectReport(.badData, expected) { try parse(wrapped(annotation(fields))) }
  }

  @Test func referencesAreChecked() {
    expectReport(.badData, "annotation 4 is of image 3") {
      try parse(
        wrapped("{\"id\": 4, \"image_id\": 3, \"category_id\": 7, \"bbox\": [0, 0, 1, 1]}"))
    }
    let good = annotation("\"bbox\": [0, 0, 1, 1]")
    expectReport(.badData, "annotation 900100184613 is listed twice") {
      try parse(wrapped("\(good), \(good)"))
    }
    expectReport(.badData, "of category 8") {
      try parse(wrapped(good.replacing("\"category_id\": 7", with: "\"category_id\": 8")))
    }
  }

  @Test func masksOfAnotherSizeAndPathsOutsideAreRefused() throws {
    let coco = try parse(
      """
      {"images": [{"id": 1, "file_name": "../x.jpg", "width": 3, "height": 2}],
       "annotations": [{"id": 2, "image_id": 1, "category_id": 3, "bbox": [0, 0, 1, 1],
         "segmentation": {"size": [3, 2], "counts": "06"}}],
       "categories": [{"id": 3, "name": "cat"}]}
      """)
    expectReport(.badData, "image 1", "../x.jpg") { try coco.path(of: coco.images[0]) }
    expectReport(.badData, "annotation 2", "2x3", "3x2") {
      try coco.annotations[0].segmentation?.runLengths(in: coco.images[0], ofAnnotation: 2)
    }
  }

  @Test func mutatedFilesNeverTrap() throws {
    let original = Array(
      wrapped(
        annotation(
          """
          "bbox": [1, 2.5, 3e0, 25E-1], "area": 12, "iscrowd": 0, "keypoints": [1, 2, 2],
          "segmentation": {"size": [6, 8], "counts": [5, 2, 41]}
          """)
      ).utf8)
    var stream = MutationGenerator(state: 42)
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &stream) {
        let index = Int.random(in: 0..<bytes.count, using: &stream)
        switch Int.random(in: 0..<3, using: &stream) {
        case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &stream)
        case 1: bytes.remove(at: index)
        default: bytes.insert(bytes[bytes.count - 1 - index], at: index)
        }
      }
      let coco = try? CocoInstances(bytes, imagesFolder: "/p")
      for annotation in coco?.annotations ?? [] {
        guard let image = coco?.image(annotation.imageID) else { continue }
        _ = try? annotation.segmentation?.runLengths(in: image, ofAnnotation: annotation.id)
      }
    }
  }

  // MARK: Real data

  /// Counts and areas as pycocotools 2.0 gives them (`mask.area` of `COCO.annToRLE`), summed up and
  /// combined with the annotations' ids.
  @Test(
    .enabled(if: SharedData.has("coco"), "needs the COCO sample data"),
    arguments: [
      ("train2017", 470, 3_589_505, 29_872_019_332), ("val2017", 105, 953_379, 5_695_769_202),
    ])
  func officialFiles(split: String, count: Int, totalArea: Int, mixedAreas: Int) throws {
    let coco = try CocoInstances(root: SharedData.path("coco"), split: split)
    #expect(coco.categories.count == 80 && coco.categories.last?.id == 90)
    #expect(coco.annotations.count == count)
    var (total, mixed, crowds) = (0, 0, 0)
    for image in coco.images {
      for annotation in coco.annotations(ofImage: image.id) {
        let segmentation = try #require(annotation.segmentation)
        let area = try segmentation.runLengths(in: image, ofAnnotation: annotation.id).area
        total += area
        mixed ^= area * Int(annotation.id % 100_003)
        crowds += annotation.isCrowd ? 1 : 0
      }
    }
    #expect(total == totalArea && mixed == mixedAreas && crowds > 0)
    let people = try CocoInstances(
      path: SharedData.path("coco/annotations/person_keypoints_\(split).json"),
      imagesFolder: SharedData.path("coco/\(split)"))
    #expect(people.categories.map(\.keypoints.count) == [17])
    #expect(people.categories[0].skeleton.count == 19)
    #expect(people.annotations.allSatisfy { $0.keypoints.count == 17 })
  }

  @Test(.enabled(if: SharedData.has("coco"), "needs the COCO sample data"))
  func officialPicturesMakeSamples() throws {
    let coco = try CocoInstances(root: SharedData.path("coco"), split: "val2017")
    let drafter = SampleDrafter(CocoSource(coco, masks: .painted), settings: BuildSettings())
    var samples = 0
    for index in coco.images.indices.prefix(6) {
      let drafted = try drafter.draft(at: index)
      #expect(drafted.id.count == 12)
      let present = Set(
        coco.annotations(ofImage: coco.images[index].id).compactMap {
          coco.category($0.categoryID)?.name
        })
      let boxed = drafted.samples.filter { $0.instruction.task == .detection }
      #expect(Set(boxed.compactMap(\.instruction.category)) == present)
      samples += drafted.samples.count
    }
    #expect(samples > 6)
  }
}

/// A small generator for mutations; the numbers only have to be the same in every run.
struct MutationGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}
