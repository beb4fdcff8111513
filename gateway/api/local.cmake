# The page is part of the program: nothing has to be found at run time.
include(AssayEmbed)
foreach(file index.html style.css app.js feed.js book.js call.js charts.js format.js)
  string(REPLACE "." "_" symbol page_${file})
  assay_embed(${ASSAY_TARGET} ${symbol} ${PROJECT_SOURCE_DIR}/gateway/page/${file})
endforeach()
target_link_libraries(${ASSAY_TARGET} PRIVATE ext_zlib)
