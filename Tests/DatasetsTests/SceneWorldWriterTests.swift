import Datasets
import Foundation
import Imaging
import Testing
import VisionTasks

@Suite struct SceneWorldWriterTests {
  static let counts = SceneCounts(train: 5, val: 2, valUnseen: 3)

  private func written(_ folder: TemporaryFolder) throws -> String {
    let root = folder.path + "/world"
    try SceneWorldWriter.write(count: Self.counts, seed: 4, size: 64, to: root)
    return root
  }

  @Test func filesReadBackAsTheScene() throws {
    let folder = try TemporaryFolder()
    let root = try written(folder)
    let world = SceneWorld(seed: 4, size: 64)
    for split in SceneSplit.allCases {
      let coco = try CocoInstances(root: root, split: split.rawValue)
      let points = try CocoInstances(
        path: "\(root)/annotations/keypoints_\(split.rawValue).json", imagesFolder: root)
      #expect(coco.images.count == Self.counts[split])
      #expect(coco.categories.map(\.name) == SceneCategory.allCases.map(\.name))
      #expect(points.categories[0].keypoints == SceneKeypoint.Name.allCases.map(\.rawValue))
      let pairs = try DepthPairs(list: "\(root)/depth_\(split.rawValue).txt", folder: root)
      let semantic = try ADE20KScenes(
        pictures: "\(root)/\(split.rawValue)", labels: "\(root)/semantic/\(split.rawValue)",
        objectInfo: root + "/objectInfo.txt")
      for (index, image) in coco.images.enumerated() {
        let scene = world.scene(split: split, index: index)
        #expect(try PictureFile.read(coco.path(of: image)) == scene.picture)
        let annotations = coco.annotations(ofImage: image.id)
        #expect(annotations.count == scene.instances.count)
        for (annotation, instance) in zip(annotations, scene.instances) {
          #expect(coco.category(annotation.categoryID)?.name == instance.category.name)
          #expect(annotation.box == instance.box)
          #expect(annotation.area == Double(instance.area))
          let mask = try annotation.segmentation?.runLengths(
            in: image, ofAnnotation: annotation.id)
          #expect(mask?.mask == instance.mask)
        }
        for (annotation, instance) in zip(
          points.annotations(ofImage: image.id), scene.instances)
        {
          #expect(annotation.keypoints.map(\.x) == instance.keypoints.map(\.x))
          #expect(
            annotation.keypoints.map(\.visibility)
              == instance.keypoints.map(\.visibility.rawValue))
        }
        let depth = try DepthMap.read(pairs.pairs[index].depthPath, encoding: .millimetres)
        let error = zip(depth.elements, scene.depth.elements).map { abs($0 - $1) }.max() ?? 1
        #expect(error <= 0.0006)
        let labels = try semantic.labels(of: semantic.scenes[index])
        let expected = scene.instanceMap.map { number in
          number == 0 ? 0 : UInt8(scene.instances[Int(number) - 1].category.id)
        }
        #expect(labels == expected)
      }
    }
  }

  @Test func writingGoesOnWhereItStopped() throws {
    let folder = try TemporaryFolder()
    let root = try written(folder)
    let before = try folder.contents()
    // As after a crash: files missing and cut short, annotations gone, the mark not set.
    let files = FileManager.default
    try files.removeItem(atPath: root + "/train/000000000002.png")
    try files.removeItem(atPath: root + "/annotations/instances_val.json")
    try folder.write(Data([0x89, 0x50]), to: "world/depth/train/000000000003.png")
    let manifest = try #require(before["world/sceneworld.json"])
    let text = String(decoding: manifest, as: UTF8.self)
    try folder.write(
      text.replacingOccurrences(of: "\"complete\":true", with: "\"complete\":false"),
      to: "world/sceneworld.json")
    expectReport(.badData, "half written") {
      try CocoSource(sceneWorld: root, split: .train)
    }
    try SceneWorldWriter.write(count: Self.counts, seed: 4, size: 64, to: root)
    #expect(try folder.contents() == before)
  }

  @Test func anotherSetIsNotOverwritten() throws {
    let folder = try TemporaryFolder()
    let root = try written(folder)
    expectReport(.usage, "another SceneWorld", "seed 4") {
      try SceneWorldWriter.write(count: Self.counts, seed: 5, size: 64, to: root)
    }
    try folder.write("mine", to: "other/notes.txt")
    expectReport(.usage, "not empty") {
      try SceneWorldWriter.write(count: Self.counts, seed: 5, size: 64, to: folder.path + "/other")
    }
    expectReport(.usage, "-1 pictures") {
      try SceneWorldWriter.write(
        count: SceneCounts(train: -1, val: 0, valUnseen: 0), seed: 5, to: folder.path + "/x")
    }
    expectReport(.usage, "8 pixels") {
      try SceneWorldWriter.write(count: Self.counts, seed: 5, size: 8, to: folder.path + "/x")
    }
  }

  @Test func progressCanStopTheWriting() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    #expect(throws: Stop.self) {
      try SceneWorldWriter.write(
        count: Self.counts, seed: 4, size: 64, to: folder.path + "/world"
      ) { done, _ in if done >= 3 { throw Stop() } }
    }
  }

  @Test func renderedAndWrittenSourcesGiveTheSameSamples() throws {
    let folder = try TemporaryFolder()
    let root = try written(folder)
    let settings = BuildSettings(tasks: [.segmentation, .detection, .depth], variant: .rephrased)
    let fromFiles = SampleDrafter(
      try CocoSource(sceneWorld: root, split: .train), settings: settings)
    let rendered = SampleDrafter(
      RenderedSceneSource(SceneWorld(seed: 4, size: 64), split: .train, count: 5),
      settings: settings)
    for index in 0..<5 {
      let (first, second) = (
        try fromFiles.draft(at: index).samples, try rendered.draft(at: index).samples
      )
      #expect(first.map(\.folder) == second.map(\.folder))
      #expect(first.map(\.instruction) == second.map(\.instruction))
      #expect(first.map(\.target) == second.map(\.target))
    }
  }
}
