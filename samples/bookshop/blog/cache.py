def post_key(pk):
    return f"blog.post.{pk}"
