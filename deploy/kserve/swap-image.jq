# ConfigMap in, merge patch out: the same JSON texts with another `image`, and nothing else of them changed.
# $image: the new one, or "" for the ones that the annotation has kept. $keys: those to change, by commas.
def annotation: "outrigger/images-before";

def with_image($name; $new):
  . as $text
  | (try fromjson catch error("\($name): no JSON: \(.)")) as $value
  | if ($value | type) != "object" or ($value.image | type) != "string" then error("\($name): no image in it") else . end
  | ($value | .image = $new) as $wanted
  # In the text itself, so that its form stays; where another "image" comes first the value decides.
  | ($text | sub("(?<head>\"image\"\\s*:\\s*)\"[^\"]*\""; "\(.head)\($new | tojson)")) as $edited
  | if ($edited | fromjson) == $wanted then $edited else ($wanted | tojson) end;

. as $map
| ($map.metadata.annotations // {})[annotation] as $kept
| (if $kept == null then {} else ($kept | fromjson) end) as $before
| ($keys | split(",") | map(select(. != ""))) as $wanted_keys
| (if $image == "" and $before == {} then error("nothing to roll back: no annotation \(annotation)") else . end)
| (if $image == "" then $before
   else ($wanted_keys | map({key: ., value: $image}) | from_entries) end) as $images
| ($images | keys_unsorted | map(select($map.data[.] == null))) as $absent
| (if $absent != [] then error("no such key in the ConfigMap: \($absent | join(", "))") else . end)
| {
    # Somebody else's change meanwhile makes the patch fail instead of being overwritten.
    metadata: {
      resourceVersion: $map.metadata.resourceVersion,
      annotations: {
        (annotation): (
          if $image == "" then null
          # A second swap keeps the images of before the first.
          else (($images | with_entries(.key as $key | .value = ($map.data[$key] | fromjson | .image))) + $before | tojson) end
        )
      }
    },
    data: ($images | with_entries(.key as $key | .value as $new | .value = ($map.data[$key] | with_image($key; $new))))
  }
